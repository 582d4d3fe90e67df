/** The standard objects around users, permissions, stages, record types and currencies. */
import type { StandardObject } from './standard-objects.ts';

const userTypes = 'Standard,PowerPartner,CspLitePortal,AutomatedProcess,Guest';
const assignments = 'PermissionSetAssignments';
const editions = 'Team Edition,Professional Edition,Enterprise Edition,Developer Edition';

/** Set-up objects every org has. */
export const setupObjects: StandardObject[] = [
  {
    name: 'Organization',
    label: 'Organization',
    keyPrefix: '00D',
    writable: false,
    fields: `
Name | Name | string 80 | name
OrganizationType | Edition | picklist ${editions}
IsSandbox | Is Sandbox | boolean
InstanceName | Instance Name | string 5
LanguageLocaleKey | Language | picklist en_US,de,fr
TimeZoneSidKey | Time Zone | picklist
DefaultCurrencyIsoCode | Default Currency ISO Code | picklist
FiscalYearStartMonth | Fiscal Year Starts In | int`,
  },
  {
    name: 'Profile',
    label: 'Profile',
    keyPrefix: '00e',
    writable: false,
    fields: `
Name | Name | string 255 | name
UserType | User Type | picklist Standard,PowerPartner,CspLitePortal
Description | Description | string 255`,
  },
  {
    name: 'User',
    label: 'User',
    keyPrefix: '005',
    fields: `
Username | Username | string 80 | required unique lookup
FirstName | First Name | string 40
LastName | Last Name | string 80 | required
Name | Full Name | string 121 | name readonly
Alias | Alias | string 8 | required
Email | Email | email 128 | required
Title | Title | string 80
Department | Department | string 80
Division | Division | string 80
CompanyName | Company Name | string 80
IsActive | Active | boolean
ProfileId | Profile ID | reference Profile | required
UserRoleId | Role ID | reference UserRole
ManagerId | Manager ID | reference User | rel=Manager children=ManagedUsers
UserType | User Type | picklist ${userTypes} | readonly
TimeZoneSidKey | Time Zone | picklist | default=America/Los_Angeles
LocaleSidKey | Locale | picklist | default=en_US
LanguageLocaleKey | Language | picklist en_US,de,fr | default=en_US
EmailEncodingKey | Email Encoding | picklist UTF-8,ISO-8859-1 | default=UTF-8
FederationIdentifier | SAML Federation ID | string 512 | unique
LastLoginDate | Last Login | datetime | readonly`,
  },
  {
    name: 'UserRole',
    label: 'Role',
    keyPrefix: '00E',
    fields: `
Name | Name | string 80 | required name
DeveloperName | Developer Name | string 80
ParentRoleId | Parent Role ID | reference UserRole`,
  },
  {
    name: 'OpportunityStage',
    label: 'Opportunity Stage',
    keyPrefix: '01J',
    writable: false,
    fields: `
MasterLabel | Master Label | string 255 | name
ApiName | API Name | string 255
IsActive | Is Active | boolean
SortOrder | Sort Order | int
IsClosed | Closed | boolean
IsWon | Won | boolean
ForecastCategory | Forecast Category | picklist
ForecastCategoryName | Forecast Category Name | picklist
DefaultProbability | Probability (%) | percent
Description | Description | textarea 255`,
  },
  {
    // Key prefix unchecked.
    name: 'TaskStatus',
    label: 'Task Status Value',
    keyPrefix: '01T',
    writable: false,
    fields: `
MasterLabel | Master Label | string 255 | name
ApiName | API Name | string 255
SortOrder | Sort Order | int
IsDefault | Is Default | boolean
IsClosed | Is Closed | boolean`,
  },
  {
    name: 'PermissionSet',
    label: 'Permission Set',
    keyPrefix: '0PS',
    fields: `
Name | Permission Set Name | string 80 | required name unique
Label | Permission Set Label | string 80 | required
Description | Description | string 255
ProfileId | Profile ID | reference Profile | readonly
IsOwnedByProfile | Is Owned By Profile | boolean | readonly
IsCustom | Custom | boolean | readonly
PermissionsActivitiesAccess | Access Activities | boolean
PermissionsEditTask | Edit Tasks | boolean
PermissionsEditEvent | Edit Events | boolean
PermissionsModifyAllData | Modify All Data | boolean`,
  },
  {
    name: 'PermissionSetAssignment',
    label: 'Permission Set Assignment',
    keyPrefix: '0Pa',
    fields: `
PermissionSetId | Set ID | reference PermissionSet | required noupdate children=Assignments
AssigneeId | Assignee ID | reference User | required noupdate rel=Assignee children=${assignments}`,
  },
  {
    name: 'FieldPermissions',
    label: 'Field Permissions',
    keyPrefix: '01k',
    fields: `
ParentId | Parent ID | reference PermissionSet | required noupdate rel=Parent children=FieldPerms
SobjectType | Sobject Type Name | picklist | required noupdate
Field | Field Name | picklist | required noupdate
PermissionsRead | Read Field | boolean
PermissionsEdit | Edit Field | boolean`,
  },
  {
    name: 'ObjectPermissions',
    label: 'Object Permissions',
    keyPrefix: '110',
    fields: `
ParentId | Parent ID | reference PermissionSet | required noupdate rel=Parent children=ObjectPerms
SobjectType | Sobject Type Name | picklist | required noupdate
PermissionsRead | Read Records | boolean
PermissionsCreate | Create Records | boolean
PermissionsEdit | Edit Records | boolean
PermissionsDelete | Delete Records | boolean
PermissionsViewAllRecords | Read All Records | boolean
PermissionsModifyAllRecords | Edit All Records | boolean`,
  },
  {
    name: 'RecordType',
    label: 'Record Type',
    keyPrefix: '012',
    fields: `
Name | Name | string 80 | required name
DeveloperName | Record Type Name | string 80 | required
SobjectType | Sobject Type Name | picklist | required
Description | Description | string 255
IsActive | Active | boolean`,
  },
];

/** What only an org with several currencies has. */
export const currencyObjects: StandardObject[] = [
  {
    name: 'CurrencyType',
    label: 'Currency Type',
    keyPrefix: '01L',
    fields: `
IsoCode | Currency ISO Code | picklist | required name
ConversionRate | Conversion Rate | double
DecimalPlaces | Decimal Places | int
IsActive | Active | boolean
IsCorporate | Corporate Currency | boolean`,
  },
  {
    name: 'DatedConversionRate',
    label: 'Dated Conversion Rate',
    keyPrefix: '04w',
    fields: `
IsoCode | Currency ISO Code | picklist | required
StartDate | Start Date | date | required
NextStartDate | Next Start Date | date | readonly
ConversionRate | Conversion Rate | double | required`,
  },
];

/** Objects whose records carry CurrencyIsoCode in such an org; custom objects do too. */
export const currencyCarriers = ['Account', 'Contact', 'Lead', 'Opportunity', 'Campaign', 'User'];
