import type { UseQueryResult } from '@tanstack/react-query';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { UploadDetails, UploadUse } from '../../../server/contract/media.js';
import { sentenceOf } from '../lib/api-client.js';
import { formatMoment } from '../lib/format.js';
import { statusQuery } from '../posts/queries.js';
import { titleOf } from '../post-look/shown-post.js';
import { statusStateWords } from '../post-look/status-states.js';
import { templatesQuery } from './templates.js';
import classes from './upload-uses.module.css';

/** More than these are only counted. */
const shownUses = 6;

/** Where a file is used. */
export function UploadUses({ details }: { details: UseQueryResult<UploadDetails> }) {
  if (details.data === undefined) {
    return <p className={classes.none}>{details.isError ? sentenceOf(details.error) : 'Looking where it is used…'}</p>;
  }
  const { uses } = details.data;
  return (
    <section className={classes.root} aria-label="Where it is used">
      <h3 className={classes.title}>Where it is used</h3>
      {uses.length === 0 ? <p className={classes.none}>Nowhere. Nothing needs it now.</p> : <UseList uses={uses} />}
    </section>
  );
}

/** What uses a file, with ways there. */
export function UseList({ uses }: { uses: UploadUse[] }) {
  return (
    <>
      <ul className={classes.list}>
        {uses.slice(0, shownUses).map((use) => (
          <li key={`${use.kind} ${use.id}`}>
            <Use use={use} />
          </li>
        ))}
      </ul>
      {uses.length > shownUses ? (
        <p className={classes.none}>
          {uses.length >= 100 ? 'Very many more.' : `${String(uses.length - shownUses)} more.`}
        </p>
      ) : null}
    </>
  );
}

function Use({ use: { kind, id, sessionId } }: { use: UploadUse }) {
  if (kind === 'status' && sessionId !== null) return <PostUse sessionId={sessionId} statusId={id} />;
  if (kind === 'template') return <TemplateUse id={id} />;
  return <>{otherUses[kind] ?? `A ${kind}`}</>;
}

const otherUses: Readonly<Record<string, string>> = {
  schedule: 'A repeating post',
  draft: 'A draft',
  broadcast: 'A post on several accounts',
};

function PostUse({ sessionId, statusId }: { sessionId: string; statusId: string }) {
  const { data } = useQuery(statusQuery(sessionId, statusId));
  return (
    <>
      <Link to="/posts/$sessionId/$statusId" params={{ sessionId, statusId }} className={classes.link}>
        {data === undefined ? 'A post' : titleOf(data)}
      </Link>
      {data === undefined ? null : (
        <span className={classes.when}>
          {statusStateWords[data.state].label}, {formatMoment(data.sentAt ?? data.scheduledAt ?? data.createdAt)}
        </span>
      )}
    </>
  );
}

function TemplateUse({ id }: { id: string }) {
  const { data } = useQuery(templatesQuery);
  const name = data?.items.find((template) => template.id === id)?.name;
  return (
    <>
      <Link to="/library/templates" className={classes.link}>
        {name ?? 'A template'}
      </Link>
      <span className={classes.when}>Template</span>
    </>
  );
}
