/*
 * For every route of a session that says for whom a post is: a body that names an audience. And audiences that name a list or a
 * tag of the organization, each in another place.
 */

const text = { type: 'text', content: 'hi' };
const daily = { startsAt: '2030-01-01T09:00', timeZone: 'UTC', rule: 'FREQ=DAILY' };
const schedule = (audience: object): object => ({ status: { ...text, audience } });

export const postsForAudiences: Readonly<Record<string, (audience: object) => object>> = {
  'POST /sessions/:sessionId/audience-preview': (audience) => ({ audience }),
  'POST /sessions/:sessionId/send-status': (audience) => ({ ...text, audience }),
  'POST /sessions/:sessionId/series': (audience) => ({ items: [text, text], audience }),
  'POST /sessions/:sessionId/experiments': (audience) => ({ versions: [text, text], audience }),
  'POST /sessions/:sessionId/schedules': (audience) => ({ ...daily, ...schedule(audience) }),
  'PATCH /sessions/:sessionId/schedules/:scheduleId': schedule,
  'PATCH /sessions/:sessionId/statuses/:statusId': (audience) => ({ audience }),
  'POST /sessions/:sessionId/statuses/:statusId/repost': (audience) => ({ audience }),
};

/** `member` is a number that is on the list and has the tag. */
export function audiencesOfOrganization(listId: string, tag: string, member: string): object[] {
  const numbers = { kind: 'numbers', numbers: ['4915123456788'] };
  return [
    { kind: 'list', listId },
    { kind: 'segment', segment: { type: 'tagged', tag } },
    {
      kind: 'segment',
      segment: { type: 'all', of: [{ type: 'viewed' }, { type: 'not', of: { type: 'on_list', listId } }] },
    },
    { ...numbers, except: { listIds: [listId] } },
    { ...numbers, except: { tags: [tag] } },
    { kind: 'contacts', except: { numbers: [member], tags: ['nobody has this'] } },
    { kind: 'segment', segment: { type: 'viewed', days: 1 }, except: { listIds: [listId] } },
  ];
}
