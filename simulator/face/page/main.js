/* global document, location, window, HTMLInputElement */
import { byId, make, toast } from './dom.js';
import { openLinkDialog } from './link-dialog.js';
import { showPeople } from './phone-list.js';
import { updatesScreen, wireFacts } from './phone-screen.js';
import { api, listen } from './simulator-api.js';
import { showLike, storyViewer } from './story-viewer.js';

const state = {
  search: '',
  /** Number of the phone in hand. */
  selected: location.hash.slice(1) || null,
  phone: null,
  people: { accounts: [], contacts: [], total: 0 },
  /** The story that is open: whose, and which one. */
  open: null,
  report: null,
};

const attempt = async (act) => {
  try {
    return await act();
  } catch (error) {
    toast(error.message, 'bad');
    return undefined;
  }
};

function storiesOf(author) {
  return (state.phone?.storyList ?? []).filter(
    (story) => story.author.phoneNumber === author && story.deletedAt === null,
  );
}

function openStory() {
  return state.open && storiesOf(state.open.author).find(({ id }) => id === state.open.id);
}

let shownKey = '';
/** Redraws the phone. What has not changed stays, so that a video keeps playing and a reply keeps its words. */
function drawPhone() {
  const story = openStory();
  if (state.open && !story) state.open = null;
  const key = JSON.stringify([state.open, story ? storiesOf(state.open.author).length : state.phone]);
  byId('facts').replaceChildren(...wireFacts(story, state.report));
  if (story) showLike(byId('screen'), story);
  if (key === shownKey) return;
  shownKey = key;
  byId('screen').replaceChildren(story ? drawStory(story) : drawUpdates());
}

function drawUpdates() {
  if (!state.phone) return make('p', { class: 'empty', text: 'Pick a phone on the left.' });
  return updatesScreen(state.phone, (author) => {
    const stories = storiesOf(author);
    const first = stories.find(({ viewedAt }) => viewedAt === null) ?? stories[0];
    if (first) void show(author, first);
  });
}

function drawStory(story) {
  const { author } = state.open;
  const stories = storiesOf(author);
  const index = stories.indexOf(story);
  return storyViewer(state.phone, stories, index, {
    onClose: close,
    onMove: (step) => {
      const next = stories[index + step];
      if (next) void show(author, next);
      else if (step > 0) close();
    },
    onLike: () =>
      void attempt(async () => {
        await api.like(state.selected, story.id, openStory()?.likedWith ? '' : '💚');
        await refreshPhone();
      }),
    onReply: ({ id }, text) =>
      void attempt(async () => {
        await api.reply(state.selected, id, text);
        toast('The reply was sent');
      }),
  });
}

function close() {
  state.open = null;
  state.report = null;
  drawPhone();
}

async function show(author, story) {
  state.open = { author, id: story.id };
  state.report = null;
  drawPhone();
  const phone = state.selected;
  if (!story.author.isSelf && story.viewedAt === null) await attempt(() => api.view(phone, story.id));
  if (story.media) {
    const report = await api.mediaFacts(phone, story.id).catch((error) => error.message);
    if (state.open?.id === story.id) state.report = report;
  }
  await refreshPhone();
}

async function refreshPhone() {
  const { selected } = state;
  const phone = selected && (await attempt(() => api.phone(selected)));
  if (selected !== state.selected) return;
  state.phone = phone ?? null;
  drawPhone();
}

async function refreshPeople() {
  const people = await attempt(() => api.people(state.search));
  if (!people) return;
  state.people = people;
  if (!state.selected) {
    const first = people.contacts[0] ?? people.accounts[0];
    if (first) return select(first.phoneNumber);
  }
  showPeople(people, state.selected, select);
}

async function select(phoneNumber) {
  state.selected = phoneNumber;
  state.open = null;
  state.report = null;
  window.history.replaceState(null, '', `#${phoneNumber}`);
  showPeople(state.people, phoneNumber, select);
  await refreshPhone();
}

/** Runs once more at the end when it was asked for in the meantime, and never twice at a time. */
function oneAtATime(run) {
  let running = false;
  let again = false;
  return async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await run();
    } while (again);
    running = false;
  };
}

const updatePeople = oneAtATime(refreshPeople);
const updatePhone = oneAtATime(refreshPhone);

byId('search').addEventListener('input', (event) => {
  state.search = event.target.value.trim();
  void updatePeople();
});
byId('open-link').addEventListener('click', () => {
  openLinkDialog(state.people.accounts, ({ phoneNumber }) => {
    void select(phoneNumber).then(updatePeople);
  });
});
document.addEventListener('keydown', (event) => {
  if (!state.open || event.target instanceof HTMLInputElement || byId('link-dialog').hasAttribute('open')) return;
  if (event.key === 'Escape') close();
  if (event.key === 'ArrowRight') document.querySelector('.turn.right')?.click();
  if (event.key === 'ArrowLeft') document.querySelector('.turn.left')?.click();
});

const clock = () => {
  byId('phone-clock').textContent = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
};
clock();
setInterval(clock, 10_000);

listen(
  (phoneNumbers) => {
    void updatePeople();
    if (!phoneNumbers || phoneNumbers.includes(state.selected)) void updatePhone();
  },
  (isLive) => {
    byId('live').textContent = isLive ? 'live' : 'reconnecting';
    byId('live').classList.toggle('on', isLive);
  },
);
drawPhone();
