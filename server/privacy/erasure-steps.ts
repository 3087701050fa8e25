import type { ListsService } from '../audiences/lists-service.js';
import type { TagsService } from '../audiences/tags-service.js';
import type { ContactsService } from '../contacts/contacts-service.js';
import type { ErasedKind } from '../contract/erasures.js';
import type { Tx } from '../db/unit-of-work.js';
import type { PersonNamed, PersonOfAccount } from '../people/erased-person.js';
import type { PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { RepliesService } from '../replies/replies-service.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { ViewersService } from '../viewers/viewers-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import type { Went } from './erasures-store.js';

export interface ErasureNeeds {
  people: PeopleService;
  contacts: Pick<ContactsService, 'forgetPerson'>;
  statuses: Pick<StatusesService, 'forgetPerson'>;
  viewers: Pick<ViewersService, 'forgetPerson' | 'forgetReceiptsOf'>;
  replies: Pick<RepliesService, 'forgetPerson'>;
  lists: Pick<ListsService, 'forgetNumbers'>;
  tags: Pick<TagsService, 'forgetNumbers'>;
  gateway: Pick<WhatsAppGateway, 'forgetMessages'>;
}

/** Whom one step is about: one account's person, with all names of theirs. */
export interface OfAccount {
  scope: PeopleScope;
  person: PersonOfAccount;
  named: PersonNamed;
}

/** Deletes at most so many rows, and tells how many went of each kind; as many as it may means that there are others. */
export type ErasureStep<Subject> = (tx: Tx, subject: Subject, atMost: number) => Promise<Partial<Went>>;

/** What an account knows of somebody, in the order in which it goes: they themselves last, so that the rest can be found. */
export function stepsOfAccount(needs: ErasureNeeds): ErasureStep<OfAccount>[] {
  const { people, contacts, statuses, viewers, replies, gateway } = needs;
  const of = (kind: ErasedKind, rows: number): Partial<Went> => ({ [kind]: rows });
  return [
    async (tx, { person }, atMost) => of('recipients', await statuses.forgetPerson(tx, person.id, atMost)),
    async (tx, { person }, atMost) => of('views', await viewers.forgetPerson(tx, person.id, atMost)),
    async (tx, { scope, person }, atMost) => {
      const gone = await replies.forgetPerson(tx, person.id, atMost);
      const sentMessages = await gateway.forgetMessages(tx, scope.sessionId, gone.answers);
      return { replies: gone.replies, sentMessages };
    },
    (tx, { scope, person }) => contacts.forgetPerson(tx, scope, person.id),
    async (tx, { person }) => of('accounts', await people.forget(tx, person)),
  ];
}

/** What an organization knows of somebody by their names. */
export function stepsOfOrganization({ viewers, lists, tags }: ErasureNeeds): ErasureStep<PersonNamed>[] {
  return [
    async (tx, person, atMost) => ({ pendingReceipts: await viewers.forgetReceiptsOf(tx, person, atMost) }),
    async (tx, { organizationId, phoneNumbers }) => ({
      lists: await lists.forgetNumbers(tx, organizationId, phoneNumbers),
    }),
    async (tx, { organizationId, phoneNumbers }) => ({
      tags: await tags.forgetNumbers(tx, organizationId, phoneNumbers),
    }),
  ];
}
