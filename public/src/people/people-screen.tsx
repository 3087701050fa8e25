import { Tabs } from '@mantine/core';
import { IconAddressBook, IconHandStop, IconListDetails, IconTag } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ContactsPanel } from './contacts-panel.js';
import { EmptyState } from '../ui/empty-state.js';
import { LinkButton } from '../ui/link-button.js';
import { ListsPanel } from './lists/lists-panel.js';
import { OptOutsPanel } from './opt-outs-panel.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { TagsPanel } from './tags-panel.js';
import { peopleTabs } from './people-tabs.js';
import type { PeopleTab } from './people-tabs.js';
import { sessionsQuery } from '../accounts/queries.js';
import classes from './people-screen.module.css';

const words = {
  lists: { label: 'Lists', Icon: IconListDetails },
  contacts: { label: 'Contacts', Icon: IconAddressBook },
  tags: { label: 'Tags', Icon: IconTag },
  'opt-outs': { label: 'Opt-outs', Icon: IconHandStop },
} as const satisfies Record<PeopleTab, unknown>;

/** Who can be posted to: lists, contacts of the phones, tags, and those who want no posts. */
export function PeopleScreen() {
  const { tab = 'lists' } = useSearch({ from: '/people' });
  const navigate = useNavigate();
  return (
    <>
      <ScreenTitle
        title="People"
        hint="Whom you post to: your lists, the contacts of your phones, and who wants none."
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) => {
          const next = peopleTabs.find((each) => each === value);
          void navigate({ to: '/people', search: next === undefined ? {} : { tab: next }, replace: true });
        }}
      >
        <Tabs.List className={classes.tabs} mb="lg">
          {peopleTabs.map((each) => {
            const { label, Icon } = words[each];
            return (
              <Tabs.Tab key={each} value={each} leftSection={<Icon size={18} stroke={1.8} aria-hidden />}>
                {label}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        <Tabs.Panel value="lists">
          <ListsPanel />
        </Tabs.Panel>
        <Tabs.Panel value="contacts">
          <Contacts />
        </Tabs.Panel>
        <Tabs.Panel value="tags">
          <TagsPanel />
        </Tabs.Panel>
        <Tabs.Panel value="opt-outs">
          <OptOutsPanel />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Contacts() {
  const sessions = useQuery(sessionsQuery).data?.items;
  if (sessions?.length === 0) {
    return (
      <EmptyState title="Link an account first" action={<LinkButton to="/accounts">Go to accounts</LinkButton>}>
        Contacts come from the phone of each linked account.
      </EmptyState>
    );
  }
  return sessions === undefined ? null : <ContactsPanel sessions={sessions} />;
}
