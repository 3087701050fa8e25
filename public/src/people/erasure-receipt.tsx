import { erasedKinds, type ErasedKind, type Erasure } from '../../../server/contract/erasures.js';
import { formatMoment, formatNumber } from '../lib/format.js';
import classes from './erasure-receipt.module.css';

const words = {
  accounts: 'Accounts that knew them',
  contacts: 'Contacts',
  chats: 'Chats',
  statusPrivacy: 'Places on the phone’s list of who sees statuses',
  recipients: 'Posts that were for them',
  views: 'Posts that they got or viewed',
  replies: 'Replies',
  sentMessages: 'Messages to them, kept for their devices',
  pendingReceipts: 'Receipts for posts that are not known',
  lists: 'Places on lists',
  tags: 'Tags',
  devices: 'Their devices',
  keys: 'Keys for their devices',
  events: 'Live events that told of them',
  keptAnswers: 'Kept answers that named them',
} as const satisfies Record<ErasedKind, string>;

/** That somebody was erased, and how much there was of them. */
export function ErasureReceipt({ erasure: { id, went, isOptedOut, finishedAt } }: { erasure: Erasure }) {
  const gone = erasedKinds.filter((kind) => went[kind] > 0);
  return (
    <>
      {gone.length === 0 ? (
        <p>Nothing was kept of them.</p>
      ) : (
        <dl className={classes.went}>
          {gone.map((kind) => (
            <div key={kind}>
              <dt>{words[kind]}</dt>
              <dd>{formatNumber(went[kind])}</dd>
            </div>
          ))}
        </dl>
      )}
      {isOptedOut ? <p>The number is opted out.</p> : null}
      <p className={classes.id}>
        {finishedAt === null ? 'The rest goes by itself. ' : `Finished ${formatMoment(finishedAt)}. `}
        Receipt {id}, which does not say who it was.
      </p>
    </>
  );
}
