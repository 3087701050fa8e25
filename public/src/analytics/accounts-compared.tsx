import { Table } from '@mantine/core';
import type { Analytics } from '../../../server/contract/analytics/analytics.js';
import { formatNumber } from '../lib/format.js';
import { Panel } from '../ui/panel.js';

/** Accounts beside each other, the most viewed first. */
export function AccountsCompared({ accounts }: { accounts: Analytics['accounts'] }) {
  return (
    <Panel label="Accounts" summary={<strong>Accounts</strong>}>
      <Table.ScrollContainer minWidth={420}>
        <Table horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Account</Table.Th>
              <Table.Th>Posts</Table.Th>
              <Table.Th>Known views per post</Table.Th>
              <Table.Th>Of those reached</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {accounts.map(({ sessionId, sessionName, posts, perPost, rates }) => (
              <Table.Tr key={sessionId}>
                <Table.Td>{sessionName}</Table.Td>
                <Table.Td>{formatNumber(posts)}</Table.Td>
                <Table.Td>{formatNumber(perPost?.viewed ?? 0)}</Table.Td>
                <Table.Td>
                  {rates.viewed === null ? '–' : `at least ${String(Math.round(rates.viewed * 100))}%`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
