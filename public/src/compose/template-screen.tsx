import { Button, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Template } from '../../../server/contract/planning/templates.js';
import { BackLink } from '../ui/back-link.js';
import { ComposeContent } from './content/compose-content.js';
import { LinkTracking } from './content/link-tracking.js';
import { FailureNote } from '../ui/failure-note.js';
import { LoadFailure } from '../ui/load-failure.js';
import { Note } from '../ui/note.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { StatusPreview } from '../post-look/status-preview.js';
import { TypePicker } from './content/type-picker.js';
import { emptyDraft } from '../draft/draft.js';
import type { Draft } from '../draft/draft.js';
import { linkFieldsOf } from '../draft/draft-links.js';
import { contentOf, contentProblemOf, shownOf } from '../draft/draft-post.js';
import { templatesQuery, useChangeTemplate, useCreateTemplate } from '../library/templates.js';
import { useLinkPreview } from './content/use-link-preview.js';
import { useTemplateDraft } from '../library/use-template-draft.js';
import { say } from '../ui/say.js';
import classes from './compose-screen.module.css';

/** A template that is written or changed. */
export function TemplateScreen() {
  const { templateId } = useParams({ from: '/library/templates/$templateId' });
  const { data, error, isPending, refetch } = useQuery(templatesQuery);
  const template = data?.items.find(({ id }) => id === templateId);
  const isNew = templateId === 'new';
  return (
    <>
      <ScreenTitle
        title={isNew ? 'New template' : 'Template'}
        hint="Put a name in double braces where something changes each time: {{price}}."
        back={<BackLink to="/library/templates" label="Templates" />}
      />
      {isNew ? <Editor template={null} start={emptyDraft} /> : null}
      {!isNew && isPending ? (
        <Skeleton height={360} radius={18} role="status" aria-label="Loading the template" />
      ) : null}
      {!isNew && data === undefined && error !== null ? (
        <LoadFailure error={error} retry={() => void refetch()} />
      ) : null}
      {template === undefined ? null : <Known key={template.id} template={template} />}
      {!isNew && data !== undefined && template === undefined ? (
        <Note tone="attention">This template is gone. Somebody deleted it.</Note>
      ) : null}
    </>
  );
}

function Known({ template }: { template: Template }) {
  const { draft, isReady } = useTemplateDraft(template);
  return isReady ? <Editor template={template} start={draft} /> : <Skeleton height={360} radius={18} />;
}

function Editor({ template, start }: { template: Template | null; start: Draft }) {
  const [draft, setDraft] = useState(start);
  const [name, setName] = useState(template?.name ?? '');
  const navigate = useNavigate();
  const link = useLinkPreview(draft.type === 'url' ? draft.link : '');
  const create = useCreateTemplate();
  const change = useChangeTemplate();
  const error = create.error ?? change.error;
  const problem = name.trim() === '' ? 'Give it a name.' : contentProblemOf(draft);

  function edit(part: Partial<Draft>): void {
    setDraft((before) => ({ ...before, ...part }));
  }

  function save(): void {
    const onSuccess = (): void => {
      say(`“${name.trim()}” was saved.`);
      void navigate({ to: '/library/templates' });
    };
    const status = { ...contentOf(draft), ...linkFieldsOf(draft) };
    if (template === null) create.mutate({ name, status }, { onSuccess });
    else change.mutate({ id: template.id, name, status }, { onSuccess });
  }

  return (
    <div className={classes.grid}>
      <div className={classes.write}>
        <TextInput
          label="Name of the template"
          placeholder="Dish of the day"
          size="md"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
          maxLength={100}
          dir="auto"
        />
        <TypePicker
          value={draft.type}
          onChange={(type) => {
            edit({ type });
          }}
        />
        <ComposeContent draft={draft} onChange={edit} link={link}>
          <LinkTracking draft={draft} onChange={edit} />
        </ComposeContent>
      </div>
      <aside className={classes.preview} aria-label="Preview">
        <StatusPreview post={shownOf(draft, link.data?.preview ?? null)} account="Your account" when="Just now" />
      </aside>
      <div className={classes.send}>
        <FailureNote error={error} title="It was not saved" />
        <div className={classes.post}>
          <Button
            size="lg"
            disabled={problem !== null}
            loading={create.isPending || change.isPending}
            onClick={save}
            aria-describedby="template-problem"
          >
            Save template
          </Button>
          <p id="template-problem" className={classes.problem} aria-live="polite">
            {problem}
          </p>
        </div>
      </div>
    </div>
  );
}
