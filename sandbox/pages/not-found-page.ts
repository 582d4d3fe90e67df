/** The page for what is not there: says what was looked for and where to go on. */
import { html } from 'hono/html';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { shell } from './shell.ts';

/** `what` is shown as text, whatever the address held. */
export function notFoundPage(page: PageContext, what: string): Html {
  const body = html`<section class="card lost">
<h1>We could not find that</h1>
<p>There is no ${what} in ${page.org.name}.
It may have been in another org, or the data was loaded anew.</p>
<p><a class="button" href="/lightning/page/home">Go to the home page</a></p>
</section>`;
  return shell(page, { title: 'Not found', tab: '', body });
}
