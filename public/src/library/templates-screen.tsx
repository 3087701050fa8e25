import { Skeleton } from '@mantine/core';
import { IconPlus, IconTemplate } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Template } from '../../../server/contract/planning/templates.js';
import { DeleteTemplate } from './delete-template.js';
import { EmptyState } from '../ui/empty-state.js';
import { LibraryTabs } from './library-tabs.js';
import { LinkButton } from '../ui/link-button.js';
import { Loaded } from '../ui/loaded.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { TemplateCard } from './template-card.js';
import { templatesQuery } from './templates.js';
import classes from './templates-screen.module.css';

/** Saved posts to start from. */
export function TemplatesScreen() {
  const templates = useQuery(templatesQuery);
  const [deleting, setDeleting] = useState<Template | null>(null);
  const create = (
    <LinkButton
      to="/library/templates/$templateId"
      params={{ templateId: 'new' }}
      leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}
    >
      New template
    </LinkButton>
  );
  const hasAny = (templates.data?.items.length ?? 0) > 0;
  return (
    <>
      <ScreenTitle
        title="Library"
        hint="Posts you write again and again, with the words that change left open."
        {...(hasAny && { actions: create })}
      />
      <LibraryTabs />
      <Loaded query={templates} skeleton={<CardSkeletons />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState art={<IconTemplate size={64} stroke={1.1} />} title="No templates yet" action={create}>
              Save a post you will write again. Where something changes each time, put a name in double braces:{' '}
              <strong>{'Today: {{dish}} for {{price}}'}</strong>. You are asked for the dish and the price when you use
              it.
            </EmptyState>
          ) : (
            <ul className={classes.grid} aria-label="Templates">
              {items.map((template) => (
                <TemplateCard key={template.id} template={template} onDelete={setDeleting} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <DeleteTemplate
        template={deleting}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </>
  );
}

function CardSkeletons() {
  return (
    <div className={classes.grid} role="status" aria-label="Loading templates">
      {[0, 1, 2].map((each) => (
        <Skeleton key={each} height={330} radius={16} />
      ))}
    </div>
  );
}
