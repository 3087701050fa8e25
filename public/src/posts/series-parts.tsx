import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Status } from '../../../server/contract/statuses.js';
import { BesidePost } from './beside-post.js';
import { seriesQuery, statusesQuery } from './queries.js';
import { titleOf } from '../post-look/shown-post.js';
import { statusStateWords } from '../post-look/status-states.js';
import classes from './series-parts.module.css';

/** The posts that go out one after the other with this one. */
export function SeriesParts({ status }: { status: Status }) {
  const { series } = status.plan;
  return series === null ? null : <Parts status={status} seriesId={series.id} />;
}

function Parts({ status, seriesId }: { status: Status; seriesId: string }) {
  const { data } = useQuery(seriesQuery(status.sessionId, seriesId));
  // The list of posts is kept fresh by live events.
  const live = useQuery(statusesQuery).data?.items ?? [];
  const parts = data?.statuses ?? [];
  if (parts.length < 2) return null;
  const place = parts.findIndex(({ id }) => id === status.id) + 1;
  return (
    <BesidePost label="The whole series" title={`Part ${String(place)} of ${String(parts.length)}`}>
      <ol className={classes.list}>
        {parts.map((part) => {
          const { id, sessionId, state } = live.find((each) => each.id === part.id) ?? part;
          return (
            <li key={id} className={classes.part}>
              <Link
                to="/posts/$sessionId/$statusId"
                params={{ sessionId, statusId: id }}
                className={classes.link}
                aria-current={id === status.id ? 'page' : undefined}
              >
                {titleOf(part)}
              </Link>
              <span className={classes.state}>{statusStateWords[state].label}</span>
            </li>
          );
        })}
      </ol>
    </BesidePost>
  );
}
