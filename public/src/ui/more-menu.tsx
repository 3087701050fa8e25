import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { Icon as TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface MoreMenuProps {
  label: string;
  /** `button`: it stands beside buttons and looks like them. */
  size: 'md' | 'lg' | 'button';
  isPending?: boolean;
  children: ReactNode;
}

/** What is done less often, behind three dots. */
export function MoreMenu({ label, size, isPending = false, children }: MoreMenuProps) {
  const dots = <IconDots size={20} aria-hidden />;
  return (
    <Menu position="bottom-end" shadow="md" radius="md">
      <Menu.Target>
        {size === 'button' ? (
          <Button variant="default" px={10} aria-label={label}>
            {dots}
          </Button>
        ) : (
          <ActionIcon variant="subtle" color="gray" size={size} loading={isPending} aria-label={label}>
            {dots}
          </ActionIcon>
        )}
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

interface MoreActionProps {
  Icon: TablerIcon;
  /** Something is lost by it. */
  isDanger?: boolean;
  onAct: () => void;
  children: ReactNode;
}

export function MoreAction({ Icon, isDanger = false, onAct, children }: MoreActionProps) {
  return (
    <Menu.Item {...(isDanger && { color: 'red' })} leftSection={<Icon size={17} aria-hidden />} onClick={onAct}>
      {children}
    </Menu.Item>
  );
}
