import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { basePath } from '../lib/server-address.js';
import { AppFrame } from './app-frame.js';
import { AccountsScreen } from '../accounts/accounts-screen.js';
import { BroadcastScreen } from '../planning/broadcasts/broadcast-screen.js';
import { CalendarScreen } from '../planning/calendar/calendar-screen.js';
import { ComposeScreen } from '../compose/compose-screen.js';
import { DraftsScreen } from '../planning/drafts-screen.js';
import { FailedScreen } from '../posts/failed-screen.js';
import { InboxScreen } from '../inbox/inbox-screen.js';
import { LibraryScreen } from '../library/library-screen.js';
import { ListScreen } from '../people/lists/list-screen.js';
import { LinkAccountScreen } from '../accounts/linking/link-account-screen.js';
import { NotFoundScreen } from './not-found-screen.js';
import { peopleTabs } from '../people/people-tabs.js';
import type { PeopleTab } from '../people/people-tabs.js';
import { OverviewScreen } from '../analytics/overview-screen.js';
import { PaceScreen } from '../accounts/pace/pace-screen.js';
import { PeopleScreen } from '../people/people-screen.js';
import { PostScreen } from '../posts/post-screen.js';
import { PostsScreen } from '../posts/posts-screen.js';
import { RepeatingScreen } from '../planning/repeating/repeating-screen.js';
import { SlotsScreen } from '../planning/slots/slots-screen.js';
import { TemplateScreen } from '../compose/template-screen.js';
import { TemplatesScreen } from '../library/templates-screen.js';

const frame = createRootRoute({ component: AppFrame, notFoundComponent: NotFoundScreen });
const posts = createRoute({ getParentRoute: () => frame, path: '/', component: PostsScreen });
const post = createRoute({ getParentRoute: () => frame, path: '/posts/$sessionId/$statusId', component: PostScreen });
const overview = createRoute({ getParentRoute: () => frame, path: '/overview', component: OverviewScreen });
const inbox = createRoute({ getParentRoute: () => frame, path: '/inbox', component: InboxScreen });
const compose = createRoute({
  getParentRoute: () => frame,
  path: '/compose',
  component: ComposeScreen,
  // The account to start with, when the person came from it.
  validateSearch: (search: Record<string, unknown>): { account?: string } =>
    typeof search['account'] === 'string' ? { account: search['account'] } : {},
});
const accounts = createRoute({ getParentRoute: () => frame, path: '/accounts', component: AccountsScreen });
const linkAccount = createRoute({
  getParentRoute: () => frame,
  path: '/accounts/$sessionId/link',
  component: LinkAccountScreen,
});
const library = createRoute({ getParentRoute: () => frame, path: '/library', component: LibraryScreen });
const templates = createRoute({ getParentRoute: () => frame, path: '/library/templates', component: TemplatesScreen });
const template = createRoute({
  getParentRoute: () => frame,
  path: '/library/templates/$templateId',
  component: TemplateScreen,
});

const broadcast = createRoute({
  getParentRoute: () => frame,
  path: '/broadcasts/$broadcastId',
  component: BroadcastScreen,
});
const calendar = createRoute({
  getParentRoute: () => frame,
  path: '/calendar',
  component: CalendarScreen,
  validateSearch: (search: Record<string, unknown>): { view?: 'week' | 'month'; day?: string } => ({
    ...(search['view'] === 'month' || search['view'] === 'week' ? { view: search['view'] } : {}),
    ...(isDay(search['day']) ? { day: search['day'] } : {}),
  }),
});
const repeating = createRoute({
  getParentRoute: () => frame,
  path: '/calendar/repeating',
  component: RepeatingScreen,
  // The repeating post to change, when the person came from one of its times.
  validateSearch: (search: Record<string, unknown>): { change?: string } =>
    typeof search['change'] === 'string' ? { change: search['change'] } : {},
});
const drafts = createRoute({ getParentRoute: () => frame, path: '/calendar/drafts', component: DraftsScreen });
const slots = createRoute({ getParentRoute: () => frame, path: '/calendar/slots', component: SlotsScreen });

const pace = createRoute({ getParentRoute: () => frame, path: '/accounts/$sessionId/pace', component: PaceScreen });
const people = createRoute({
  getParentRoute: () => frame,
  path: '/people',
  component: PeopleScreen,
  validateSearch: (search: Record<string, unknown>): { tab?: PeopleTab } => {
    const tab = peopleTabs.find((each) => each === search['tab']);
    return tab === undefined ? {} : { tab };
  },
});
const list = createRoute({ getParentRoute: () => frame, path: '/people/lists/$listId', component: ListScreen });

function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}

export const router = createRouter({
  routeTree: frame.addChildren([
    ...[posts, post, overview, inbox, compose, accounts, linkAccount, broadcast, calendar, repeating, drafts, slots],
    ...[library, templates, template],
    ...[people, list, pace],
  ]),
  basepath: basePath,
  defaultErrorComponent: FailedScreen,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
