import { Button, Progress } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import type { UploadKind } from '../../../../server/contract/media.js';
import { formatsInWords } from '../../../../server/contract/upload-limits.js';
import type { DraftFile } from '../../draft/draft.js';
import { formatBytes } from '../../lib/format.js';
import { draftFileOf, uploadLimitsQuery } from '../../files/uploads.js';
import { useUpload } from '../../files/use-upload.js';
import type { UploadUnderWay } from '../../files/use-upload.js';
import { ChosenFile } from './chosen-file.js';
import { LibraryPicker } from './library-picker.js';
import { Note } from '../../ui/note.js';
import classes from './media-drop.module.css';

const words: Record<UploadKind, { name: string; accept: string; hint: string }> = {
  image: {
    name: 'picture',
    accept: 'image/*',
    hint: 'It is made to fit WhatsApp, and loses its location data.',
  },
  video: {
    name: 'video',
    accept: 'video/*',
    hint: 'A long one is cut and posted in order.',
  },
  audio: {
    name: 'recording',
    accept: 'audio/*,.opus,.m4a',
    hint: 'It becomes a voice note.',
  },
};

interface MediaDropProps {
  kind: UploadKind;
  file: DraftFile | null;
  onChange: (file: DraftFile | null) => void;
}

/** The file of a post: dropped or chosen, sent with its progress, and made ready by the server. */
export function MediaDrop({ kind, file, onChange }: MediaDropProps) {
  const { underWay, problem, start, cancel } = useUpload(kind, onChange);
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hintId = useId();
  const { name, accept, hint } = words[kind];
  const { data: limits } = useQuery(uploadLimitsQuery);
  const size = limits === undefined ? '' : `, at most ${formatBytes(limits.maxBytes)}`;

  function take(files: FileList | null): void {
    const first = files?.[0];
    if (first !== undefined) start(first);
  }

  return (
    <section className={classes.root} aria-label={`Your ${name}`}>
      <div
        className={classes.area}
        data-over={isOver || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => {
          setOver(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
      >
        {underWay !== null ? <UnderWay upload={underWay} cancel={cancel} /> : null}
        {underWay === null && file !== null ? (
          <ChosenFile
            file={file}
            replace={() => input.current?.click()}
            remove={() => {
              onChange(null);
            }}
          />
        ) : null}
        {underWay === null && file === null ? (
          <>
            <IconUpload size={34} stroke={1.4} aria-hidden />
            <p className={classes.invite}>Drop a {name} here, or</p>
            <Button variant="light" onClick={() => input.current?.click()} aria-describedby={hintId}>
              Choose a {name}
            </Button>
            <LibraryPicker
              kind={kind}
              name={name}
              onPick={(upload) => {
                onChange(draftFileOf(upload));
              }}
            />
            <p className={classes.hint} id={hintId}>
              {formatsInWords(kind)}
              {size}. {hint}
            </p>
          </>
        ) : null}
      </div>
      <input
        ref={input}
        type="file"
        accept={accept}
        hidden
        onChange={(event) => {
          take(event.currentTarget.files);
          // Choosing the same file again is a change, too.
          event.currentTarget.value = '';
        }}
      />
      {problem === null ? null : (
        <Note tone="bad" title="The file was not taken" alert>
          {problem}
        </Note>
      )}
    </section>
  );
}

function UnderWay({ upload, cancel }: { upload: UploadUnderWay; cancel: () => void }) {
  const { name, sentPercent, convertedPercent, isInterrupted } = upload;
  const isSent = sentPercent >= 100;
  const percent = isSent ? (convertedPercent ?? 0) : sentPercent;
  const what = isSent ? 'Getting it ready for WhatsApp' : 'Uploading';
  return (
    <div className={classes.progress}>
      <p className={classes.invite} dir="auto">
        {name}
      </p>
      <Progress value={percent} aria-label={what} animated={isSent} size="lg" radius="xl" />
      <p className={classes.hint}>
        {what} · <span className="tabular">{percent}%</span>
      </p>
      <div className={classes.hint} role="status">
        {isInterrupted ? 'The connection was lost. It goes on by itself when it is back.' : null}
      </div>
      <Button variant="default" size="xs" onClick={cancel}>
        Cancel
      </Button>
    </div>
  );
}
