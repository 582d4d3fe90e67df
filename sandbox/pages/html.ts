/** The type of a piece of escaped HTML, as hono/html makes it. */
import type { HtmlEscapedString } from 'hono/utils/html';

/** Goes into another template, or into `c.html`. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
