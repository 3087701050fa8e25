import { IconLink, IconMicrophone } from '@tabler/icons-react';
import type { ShownPost } from '../shown-post.js';
import { lookOf } from '../status-look.js';
import { MediaThumb } from './media-thumb.js';
import classes from './post-cover.module.css';

/** A post as a small upright picture: its file, or its words on their colour. */
export function PostCover({ post: { type, content, caption, style, media } }: { post: ShownPost }) {
  if (type === 'image' || type === 'video') return <MediaThumb kind={type} media={media} fill />;
  const look = lookOf(style);
  return (
    <span
      className={classes.cover}
      style={{ backgroundColor: look.background, color: look.color, fontFamily: look.font.family }}
      aria-hidden
    >
      {type === 'text' ? <span className={classes.words}>{content}</span> : null}
      {type === 'audio' ? <IconMicrophone size={40} stroke={1.4} /> : null}
      {type === 'url' ? (
        <>
          {caption === null ? null : <span className={classes.words}>{caption}</span>}
          <span className={classes.address}>
            <IconLink size={15} /> {content.replace(/^https?:\/\//, '')}
          </span>
        </>
      ) : null}
    </span>
  );
}
