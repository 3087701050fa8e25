import type { Mutation } from './mutation.js';

const resends = 'test/whatsapp/resends.test.ts';
const parts = 'test/whatsapp/parts-of-a-post.test.ts';
const uploads = { file: 'test/media/whatsapp-media.test.ts', test: 'new token' };
const acks = { file: 'test/whatsapp/late-acks.test.ts', test: 'counting acks' };

/** Statuses on their way to phones. */
export const mutationsOfPublishing: Mutation[] = [
  {
    what: 'a device gets a status again although its person may not have it',
    file: 'server/whatsapp/publishing/status-retries.ts',
    from: 'const answered = isAllowed && (await resend(',
    to: 'const answered = (await resend(',
    noticedBy: { file: resends, test: 'may not have it' },
  },
  {
    what: 'everybody is allowed to have a status again',
    file: 'server/whatsapp/publishing/status-retries.ts',
    from: 'return this.parts.allow({ messageId: about, person, attempt, isRevoke: about !== id });',
    to: 'return (await this.parts.allow({ messageId: about, person, attempt, isRevoke: about !== id })) || true;',
    noticedBy: { file: resends, test: 'may not have it' },
  },
  {
    what: 'a key that was given with an answer is not remembered',
    file: 'server/whatsapp/publishing/status-publisher.ts',
    from: 'if (isSent && again.isUnderPresentKey) await',
    to: 'if (!isSent && again.isUnderPresentKey) await',
    noticedBy: { file: resends, test: 'though nothing was known' },
  },
  {
    what: 'a former key that was given hides who holds the present one',
    file: 'server/whatsapp/publishing/status-publisher.ts',
    from: 'if (isSent && again.isUnderPresentKey) await',
    to: 'if (isSent) await',
    noticedBy: { file: resends, test: 'under its former key' },
  },
  {
    what: 'a key given with an answer is remembered of known people only',
    file: 'server/whatsapp/publishing/chunk-sender.ts',
    from: '    // Also when WhatsApp refused its keys',
    to: '    if (before.deviceIds === undefined) return;\n    // Also when WhatsApp refused its keys',
    noticedBy: { file: resends, test: 'though nothing was known' },
  },
  {
    what: 'the position after a part counts those who were left out of it, too',
    file: 'server/whatsapp/publishing/status-publisher.ts',
    from: '        course.position += people.length;\n        await this.settleChunk(',
    to: '        course.position += next.length;\n        await this.settleChunk(',
    noticedBy: { file: parts, test: 'one part whole' },
  },
  {
    what: 'who was left out of a part is asked about again when it is repeated',
    file: 'server/whatsapp/publishing/status-publisher.ts',
    from: '      leaveOut(course, next, people);\n',
    to: '',
    noticedBy: { file: 'test/whatsapp/late-acks.test.ts', test: 'is not repeated for somebody' },
  },
  {
    what: 'who may have a part already is left out of its repetition',
    file: 'server/whatsapp/publishing/post-course.ts',
    from: 'recipients.filter(({ person }) => !mayHaveIt.has(person));',
    to: 'recipients;',
    noticedBy: { file: 'test/whatsapp/late-acks.test.ts', test: 'leaves nobody out' },
  },
  {
    what: 'nobody is left out of a part once the post has begun',
    file: 'server/whatsapp/publishing/status-publisher.ts',
    from: "await remaining(job, course, await waits.during('lookup', null, this.addressed(post, next)))",
    to: "await waits.during('lookup', null, this.addressed(post, next))",
    noticedBy: { file: parts },
  },
  {
    what: 'lists of devices are good for ever',
    file: 'server/whatsapp/publishing/recipient-devices-store.ts',
    from: 'row.device_ids !== null && Math.abs(now - row.listed_at) < listLifeMs',
    to: 'row.device_ids !== null && row.listed_at > 0',
    noticedBy: { file: resends, test: 'seven days' },
  },
  {
    what: 'lists of devices are good for a month',
    file: 'server/whatsapp/publishing/recipient-devices-store.ts',
    from: 'const listLifeMs = 7 * 24',
    to: 'const listLifeMs = 30 * 24',
    noticedBy: { file: resends, test: 'seven days' },
  },
  {
    what: 'lists of devices are good for six days',
    file: 'server/whatsapp/publishing/recipient-devices-store.ts',
    from: 'const listLifeMs = 7 * 24',
    to: 'const listLifeMs = 6 * 24',
    noticedBy: { file: resends, test: 'seven days' },
  },
  {
    what: 'a device that its phone has not signed gets statuses',
    file: 'server/whatsapp/publishing/recipient-devices.ts',
    from: "(id === 0 || Number(attrs['key-index'] ?? 0) > 0)",
    to: 'id >= 0',
    noticedBy: { file: resends, test: 'not signed' },
  },
  {
    what: 'any ack with the id of a message is taken for its own',
    file: 'server/whatsapp/publishing/message-ack.ts',
    from: "      if (ack.attrs['class'] !== 'message') return;\n",
    to: '',
    noticedBy: acks,
  },
  {
    what: 'an ack that comes late is not counted',
    file: 'server/whatsapp/publishing/message-ack.ts',
    from: 'expected.overdue = Math.max(0, expected.overdue - 1)',
    to: 'expected.overdue = Math.max(0, expected.overdue)',
    noticedBy: acks,
  },
  {
    what: 'a token that a media host refuses is used again',
    file: 'server/whatsapp/publishing/media-upload.ts',
    from: 'ask({ afresh: round > 0 })',
    to: 'ask({ afresh: false })',
    noticedBy: uploads,
  },
  {
    what: 'every file asks for a token of its own',
    file: 'server/whatsapp/publishing/media-hosts.ts',
    from: 'this.current !== undefined && this.current.expiresAt > now',
    to: 'this.current !== undefined && this.current.expiresAt < now',
    noticedBy: uploads,
  },
];
