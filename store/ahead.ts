/** Work begun early; its error is thrown where it is awaited, never as unhandled. */
export function ahead<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
