import { IconMovie, IconPhoto } from '@tabler/icons-react';
import type { StatusMedia } from '../../../server/contract/statuses.js';
import { useMedia } from './use-media.js';
import classes from './media-backdrop.module.css';

interface MediaBackdropProps {
  kind: 'image' | 'video';
  /** null while there is no file yet. */
  media: StatusMedia | null;
}

/** The picture or video of a status over the whole screen of a phone. */
export function MediaBackdrop({ kind, media }: MediaBackdropProps) {
  const address = useMedia(media?.url ?? null);
  const poster = useMedia(kind === 'video' ? (media?.thumbnailUrl ?? null) : null);
  if (address !== null && kind === 'video') {
    return (
      <video
        className={classes.media}
        src={address}
        poster={poster ?? undefined}
        aria-label="The video"
        controls
        muted
        playsInline
      />
    );
  }
  const picture = kind === 'image' ? address : poster;
  if (picture !== null) return <img className={classes.media} src={picture} alt="The file of this post" />;
  const Icon = kind === 'image' ? IconPhoto : IconMovie;
  return (
    <span className={classes.empty}>
      <Icon size={56} stroke={1.2} aria-hidden />
      {media === null ? `Your ${kind === 'image' ? 'picture' : 'video'} shows here` : null}
    </span>
  );
}
