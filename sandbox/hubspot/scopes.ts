/** The scopes a token of all rights has, as HubSpot names them (HubSpot docs, "Scopes"). */

const both = (name: string): string[] => [`${name}.read`, `${name}.write`];

/** Every scope that some route of the sandbox asks for. */
export const allScopes: readonly string[] = [
  'oauth',
  ...['contacts', 'companies', 'deals', 'tickets', 'custom'].flatMap((object) => [
    ...both(`crm.objects.${object}`),
    ...both(`crm.schemas.${object}`),
  ]),
  'crm.objects.owners.read',
  ...both('settings.currencies'),
];
