import { Button, TagsInput, TextInput } from '@mantine/core';
import { IconPencilPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Upload } from '../../../server/contract/media.js';
import { draftFrom, emptyDraft } from '../draft/draft.js';
import { factsOf } from '../files/file-facts.js';
import { formatMoment } from '../lib/format.js';
import { draftFileOf, libraryFileQuery, useChangeUpload } from '../files/uploads.js';
import { DeleteUpload } from './delete-upload.js';
import { LinkButton } from '../ui/link-button.js';
import { MediaBackdrop } from '../post-look/media-backdrop.js';
import { UploadUses } from './upload-uses.js';
import { VoiceNote } from '../post-look/voice-note.js';
import { Dialog } from '../ui/dialogs/dialog.js';
import { FailureNote } from '../ui/failure-note.js';
import { say } from '../ui/say.js';
import classes from './library-file.module.css';

interface LibraryFileProps {
  /** null keeps the dialog closed. */
  upload: Upload | null;
  onClose: () => void;
}

/** One file of the library: how it looks, its name and tags, where it is used, and its deletion. */
export function LibraryFile({ upload, onClose }: LibraryFileProps) {
  return (
    <Dialog opened={upload !== null} onClose={onClose} size="xl" title={upload?.name ?? ''}>
      {upload === null ? null : <FileDetail key={upload.filename} upload={upload} onClose={onClose} />}
    </Dialog>
  );
}

function FileDetail({ upload, onClose }: { upload: Upload; onClose: () => void }) {
  const details = useQuery(libraryFileQuery(upload.filename));
  const { kind, parts, note, createdAt } = upload;
  return (
    <div className={classes.grid}>
      <div className={classes.look} data-kind={kind}>
        {kind === 'audio' ? <VoiceNote media={upload} /> : <MediaBackdrop kind={kind} media={upload} />}
      </div>
      <div className={classes.about}>
        <NameAndTags upload={upload} />
        <p className={classes.facts}>
          {factsOf(upload)}
          <br />
          Uploaded {formatMoment(createdAt)}
          {parts.length > 1 ? `. Posted in ${String(parts.length)} parts, one after the other` : ''}
          {note === null ? '' : `. ${note}`}
        </p>
        <UploadUses details={details} />
        <div className={classes.buttons}>
          <LinkButton
            to="/compose"
            variant="light"
            leftSection={<IconPencilPlus size={18} aria-hidden />}
            onClick={() => {
              draftFrom({ ...emptyDraft, type: kind, files: { [kind]: draftFileOf(upload) } });
            }}
          >
            Use in a post
          </LinkButton>
          <DeleteUpload upload={upload} uses={details.data?.uses ?? null} onDeleted={onClose} />
        </div>
      </div>
    </div>
  );
}

function NameAndTags({ upload }: { upload: Upload }) {
  const [name, setName] = useState(upload.name);
  const [tags, setTags] = useState(upload.tags);
  const change = useChangeUpload();
  const [saved, setSaved] = useState({ name: upload.name, tags: upload.tags });
  const isChanged = name.trim() !== saved.name || tags.join() !== saved.tags.join();
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { filename: upload.filename, name, tags },
          {
            onSuccess: (now) => {
              setSaved({ name: now.name, tags: now.tags });
              setName(now.name);
              say(`“${now.name}” was saved.`);
            },
          },
        );
      }}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
        dir="auto"
      />
      <TagsInput
        label="Tags"
        description="To find it again. Press Enter after each."
        value={tags}
        onChange={(next) => {
          setTags(tagsOf(next));
        }}
        maxTags={20}
        splitChars={[',']}
      />
      <FailureNote error={change.error} title="It was not saved" />
      <Button type="submit" variant="default" disabled={!isChanged} loading={change.isPending} className={classes.save}>
        Save name and tags
      </Button>
    </form>
  );
}

/** Tags one by one, also where several came together with commas between them. */
function tagsOf(given: string[]): string[] {
  const words = given.flatMap((tag) => tag.split(',')).map((tag) => tag.trim());
  return [...new Set(words.filter((tag) => tag !== ''))];
}
