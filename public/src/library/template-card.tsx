import { IconPencil, IconPencilPlus, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { Template } from '../../../server/contract/planning/templates.js';
import { draftFrom } from '../draft/draft.js';
import { shownOf } from '../draft/draft-post.js';
import { useTemplateDraft } from './use-template-draft.js';
import { LinkButton } from '../ui/link-button.js';
import { PostCover } from '../post-look/post-cover.js';
import { MoreAction, MoreMenu } from '../ui/more-menu.js';
import classes from './template-card.module.css';

interface TemplateCardProps {
  template: Template;
  onDelete: (template: Template) => void;
}

/** A template: how it looks, what it asks for, and the way into a post. */
export function TemplateCard({ template, onDelete }: TemplateCardProps) {
  const { draft, isReady } = useTemplateDraft(template);
  const navigate = useNavigate();
  const { id, name, variables } = template;
  return (
    <li className={classes.card}>
      <PostCover post={shownOf(draft, null)} />
      <div className={classes.words}>
        <h2 className={classes.name} dir="auto">
          {name}
        </h2>
        <p className={classes.asks}>{variables.length === 0 ? 'Ready as it is' : `Asks for ${variables.join(', ')}`}</p>
      </div>
      <div className={classes.actions}>
        <LinkButton
          to="/compose"
          size="sm"
          variant="light"
          disabled={!isReady}
          leftSection={<IconPencilPlus size={17} aria-hidden />}
          aria-label={`Use ${name}`}
          onClick={() => {
            draftFrom(draft);
          }}
        >
          Use
        </LinkButton>
        <MoreMenu label={`More for ${name}`} size="lg">
          <MoreAction
            Icon={IconPencil}
            onAct={() => {
              void navigate({ to: '/library/templates/$templateId', params: { templateId: id } });
            }}
          >
            Edit
          </MoreAction>
          <MoreAction
            Icon={IconTrash}
            isDanger
            onAct={() => {
              onDelete(template);
            }}
          >
            Delete…
          </MoreAction>
        </MoreMenu>
      </div>
    </li>
  );
}
