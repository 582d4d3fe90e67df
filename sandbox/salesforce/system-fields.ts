/** The seven fields every object has, always in the first seven slots. */
import type { FieldDef } from './field-def.ts';

/** Slots known without a look-up, for the indexes and the write path. */
export const idSlot = 0;
export const isDeletedSlot = 1;
export const systemModstampSlot = 2;
export const createdDateSlot = 3;
export const lastModifiedDateSlot = 4;
export const createdByIdSlot = 5;
export const lastModifiedByIdSlot = 6;

/** Slots by field name. */
export const slots: Record<string, number> = {
  Id: idSlot,
  IsDeleted: isDeletedSlot,
  SystemModstamp: systemModstampSlot,
  CreatedDate: createdDateSlot,
  LastModifiedDate: lastModifiedDateSlot,
  CreatedById: createdByIdSlot,
  LastModifiedById: lastModifiedByIdSlot,
};

const readOnly = { createable: false, updateable: false, required: true };
const user = { ...readOnly, length: 18, referenceTo: ['User'] };

/** Their definitions; none of them can be written through the API. */
export const systemFields: (Partial<FieldDef> & Pick<FieldDef, 'name' | 'type'>)[] = [
  { name: 'Id', label: 'Record ID', type: 'id', length: 18, ...readOnly },
  { name: 'IsDeleted', label: 'Deleted', type: 'boolean', ...readOnly },
  { name: 'SystemModstamp', label: 'System Modstamp', type: 'datetime', ...readOnly },
  { name: 'CreatedDate', label: 'Created Date', type: 'datetime', ...readOnly },
  { name: 'LastModifiedDate', label: 'Last Modified Date', type: 'datetime', ...readOnly },
  {
    name: 'CreatedById',
    label: 'Created By ID',
    type: 'reference',
    relationshipName: 'CreatedBy',
    ...user,
  },
  {
    name: 'LastModifiedById',
    label: 'Last Modified By ID',
    type: 'reference',
    relationshipName: 'LastModifiedBy',
    ...user,
  },
];
