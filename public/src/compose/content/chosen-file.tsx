import { Button } from '@mantine/core';
import type { DraftFile } from '../../draft/draft.js';
import { factsOf } from '../../files/file-facts.js';
import { MediaThumb } from '../../post-look/media-thumb.js';
import classes from './chosen-file.module.css';

interface ChosenFileProps {
  file: DraftFile;
  replace: () => void;
  remove: () => void;
}

/** The file that is going to be posted, and what was done to it. */
export function ChosenFile({ file, replace, remove }: ChosenFileProps) {
  const { parts, note } = file;
  return (
    <div className={classes.file}>
      <MediaThumb kind={file.kind} media={file} />
      <div className={classes.words}>
        <span className={classes.name} dir="auto">
          {file.name}
        </span>
        <span className={classes.facts}>{factsOf(file)}</span>
        {parts.length > 1 ? (
          <span className={classes.facts}>It is posted in {parts.length} parts, one after the other.</span>
        ) : null}
        {note === null ? null : <span className={classes.facts}>{note}</span>}
        <span className={classes.buttons}>
          <Button variant="default" size="xs" onClick={replace}>
            Choose another
          </Button>
          <Button variant="subtle" color="gray" size="xs" onClick={remove}>
            Remove
          </Button>
        </span>
      </div>
    </div>
  );
}
