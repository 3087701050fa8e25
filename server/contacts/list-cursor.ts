import { z } from 'zod';
import { cursorText, valuesCursor } from '../lib/cursors.js';

/** Contacts are listed by name. */
export const contactCursor = valuesCursor({ sortName: cursorText(600), personId: cursorText(64) });

/** Chats are listed by their last message. */
export const chatCursor = valuesCursor({ lastMessageAt: z.int(), key: cursorText(200) });
