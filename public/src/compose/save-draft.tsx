import { Button } from '@mantine/core';
import { IconNotes } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { AudienceInput } from '../draft/audience-choice.js';
import { clearPosted, type Draft } from '../draft/draft.js';
import { draftStatusOf } from '../draft/draft-status.js';
import { useSaveDraft } from '../draft/saved-drafts.js';
import { say, sayFailure } from '../ui/say.js';

interface SaveDraftProps {
  draft: Draft;
  audience: AudienceInput | null;
  sessionIds: string[];
}

/** Puts what is written aside, for everybody who works here, and leaves the composer empty. */
export function SaveDraft({ draft, audience, sessionIds }: SaveDraftProps) {
  const navigate = useNavigate();
  const save = useSaveDraft();
  const { text, caption, link, files, draftId } = draft;
  const isBlank = `${text}${caption}${link}`.trim() === '' && Object.keys(files).length === 0;
  return (
    <Button
      variant="subtle"
      size="md"
      leftSection={<IconNotes size={18} stroke={1.7} aria-hidden />}
      disabled={isBlank}
      loading={save.isPending}
      onClick={() => {
        save.mutate(
          { id: draftId, status: draftStatusOf(draft, audience, sessionIds) },
          {
            onSuccess: () => {
              clearPosted();
              say('Go on with it here whenever you like.', 'Saved as a draft');
              void navigate({ to: '/calendar/drafts' });
            },
            onError: sayFailure('The draft was not saved'),
          },
        );
      }}
    >
      {draftId === null ? 'Save as draft' : 'Save draft'}
    </Button>
  );
}
