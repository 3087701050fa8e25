/** The request header in which the dashboard says that it is one. */
export const clientHeader = 'x-statuscast-client';
export const dashboardClient = 'dashboard';
