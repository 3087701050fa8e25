import { IconLink } from '@tabler/icons-react';
import type { LinkPreview } from '../../../server/contract/links.js';
import classes from './link-card.module.css';

interface LinkCardProps {
  url: string;
  /** null: WhatsApp shows the address alone. */
  preview: LinkPreview | null;
}

/** A link as WhatsApp shows it: picture, title and description of the page, and its address. */
export function LinkCard({ url, preview }: LinkCardProps) {
  const thumbnail = preview?.thumbnail ?? null;
  return (
    <div className={classes.card}>
      {thumbnail === null ? null : <img className={classes.picture} src={thumbnail} alt="" />}
      <div className={classes.words}>
        {preview === null ? null : <span className={classes.title}>{preview.title}</span>}
        {preview?.description ? <span className={classes.description}>{preview.description}</span> : null}
        <span className={classes.address}>
          <IconLink size={14} aria-hidden /> {url.replace(/^https?:\/\//, '')}
        </span>
      </div>
    </div>
  );
}
