import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { AudienceList, ImportReport } from '../../../server/contract/audiences.js';
import { useImportMembers } from '../audience-actions.js';
import { sentenceOf } from '../api-client.js';
import { formatBytes, formatNumber } from '../format.js';
import { peopleCount } from '../reach-words.js';
import { maxImportBytes, readTextFile } from '../read-text-file.js';
import { Note } from './note.js';
import classes from './import-file.module.css';

/** A spreadsheet's people, onto a list, with a report of the lines that were of no use. */
export function ImportFile({ list, onDone }: { list: AudienceList; onDone: () => void }) {
  const load = useImportMembers();
  const [problem, setProblem] = useState<string | null>(null);

  async function take(file: File | null): Promise<void> {
    if (file === null) return;
    load.reset();
    setProblem(null);
    if (file.size > maxImportBytes) {
      setProblem(`${file.name} has ${formatBytes(file.size)}. Import at most ${formatBytes(maxImportBytes)} at once.`);
    } else if (/\.(xlsx?|ods|numbers)$/i.test(file.name)) {
      setProblem('This is a workbook. Save it as CSV in your spreadsheet program, then choose that file.');
    } else load.mutate({ listId: list.id, csv: await readTextFile(file) });
  }

  const error = problem ?? (load.isError ? sentenceOf(load.error) : null);
  return (
    <Stack>
      <Text size="sm">
        A CSV file with one person per line, from any spreadsheet, Google Contacts, Outlook or HubSpot. The numbers are
        found by themselves, names and tags by the first line if it names the columns:
      </Text>
      <pre className={classes.example}>{'phoneNumber,name,tags\n+49 151 23456789,Asha Rao,vip;berlin'}</pre>
      <Group>
        <FileButton accept=".csv,.txt,.tsv,text/csv,text/plain" onChange={(file) => void take(file)}>
          {(props) => (
            <Button
              {...props}
              variant={load.isSuccess ? 'light' : 'filled'}
              loading={load.isPending}
              leftSection={<IconFileUpload size={18} aria-hidden />}
            >
              {load.isSuccess ? 'Import another file' : 'Choose a file'}
            </Button>
          )}
        </FileButton>
        {load.isSuccess ? <Button onClick={onDone}>Done</Button> : null}
      </Group>
      {error === null ? null : (
        <Note tone="bad" title="Nothing was imported" alert>
          {error}
        </Note>
      )}
      {load.data === undefined ? null : <Report report={load.data} />}
    </Stack>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { added, alreadyThere, badCount, bad, memberCount } = report;
  const there = alreadyThere > 0 ? ` ${peopleCount(alreadyThere)} on it already or named twice.` : '';
  return (
    <div role="status" className={classes.report}>
      <p className={classes.result}>
        <strong>{peopleCount(added)} added.</strong>
        {there} The list has {peopleCount(memberCount)} now.
      </p>
      {badCount === 0 ? null : (
        <Note
          tone="attention"
          title={badCount === 1 ? '1 line was left out' : `${formatNumber(badCount)} lines were left out`}
        >
          <ul className={classes.bad}>
            {bad.map(({ line, text, reason }) => (
              <li key={line}>
                Line {formatNumber(line)}, “{text}”: {reason}
              </li>
            ))}
            {badCount > bad.length ? <li>and {formatNumber(badCount - bad.length)} more</li> : null}
          </ul>
        </Note>
      )}
    </div>
  );
}
