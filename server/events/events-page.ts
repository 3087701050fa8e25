import { z } from 'zod';
import { events, hearers, type EventDescription } from '../contract/events.js';

const introduction = `# The events

What is told over Socket.IO, made from \`server/contract/events.ts\` by \`npm run generate\`. A client hears of what its key or
its sign-in may read, and of nothing else; each event says who that is. Types that begin with a capital letter are
schemas of [openapi.json](openapi.json). What is not shown as \`or null\` is always there; more fields may come.
`;

/** What of a JSON schema the page shows. */
interface Shape {
  type?: string | readonly string[];
  $ref?: string;
  enum?: readonly unknown[];
  format?: string;
  items?: Shape;
  anyOf?: readonly Shape[];
  properties?: Readonly<Record<string, Shape>>;
  description?: string;
}

/** Every event as a page: when it is told, who may hear it, what is in it. */
export function eventsPage(list: Readonly<Record<string, EventDescription>> = events): string {
  return [introduction, ...Object.entries(list).map(section)].join('\n');
}

function section([name, { told, heardBy, payload }]: [string, EventDescription]): string {
  const shape = z.toJSONSchema(payload, { unrepresentable: 'any' }) as Shape;
  const fields = Object.entries(shape.properties ?? {}).map(
    ([field, of]) => `| \`${field}\` | ${typeOf(of)} | ${of.description ?? ''} |`,
  );
  const body =
    shape.$ref === undefined
      ? ['| field | type | notes |', '| --- | --- | --- |', ...fields]
      : [`Payload: a \`${nameOf(shape.$ref)}\`.`];
  return [`## ${name}`, '', `When: ${told}`, '', `Heard by: ${hearers[heardBy]}`, '', ...body, ''].join('\n');
}

function typeOf({ type, $ref, enum: values, format, items, anyOf, properties }: Shape): string {
  if ($ref !== undefined) return nameOf($ref);
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (values) return values.map((value) => `\`${String(value)}\``).join(' or ');
  if (items) return `list of ${typeOf(items)}`;
  if (properties) return `object (${Object.keys(properties).join(', ')})`;
  const types = typeof type === 'string' ? type : (type?.join(' or ') ?? 'any');
  return format === undefined ? types : `${types} (${format})`;
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
