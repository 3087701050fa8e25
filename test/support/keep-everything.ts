/** Settings of servers of tests: these put in posts and replies of any time, and read them and who got and viewed them. */
export const keepEverything = {
  KEEP_VIEWERS_DAYS: '0',
  KEEP_POSTS_DAYS: '0',
  KEEP_REPLIES_DAYS: '0',
  KEEP_REPLY_FILES_DAYS: '0',
} as const;
