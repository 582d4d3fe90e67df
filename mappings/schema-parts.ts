/** Small parts the schemas share. */
import { z } from 'zod';

/** true or false. */
export const flag = () => z.boolean({ error: 'true or false' });
/** A whole number from 0 on. */
export const count = (max: number) => {
  const error = `a whole number from 0 to ${max}`;
  return z.number({ error }).int({ error }).min(0, { error }).max(max, { error });
};
/** A list of texts. */
export const words = (what: string) =>
  z.array(z.string({ error: 'text' }), { error: `a list of ${what}` });
/** A name of at most 80 characters. */
export const name = z.string({ error: 'a name' }).min(1, { error: 'a name' }).max(80);
