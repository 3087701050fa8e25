import { avatar, make } from './dom.js';

/** `0:07` @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Fills the story's own segment while its file plays. @param {HTMLMediaElement} file */
function showProgress(file) {
  const segment = file.closest('.story')?.querySelector('.segments .now');
  if (segment && file.duration > 0)
    segment.style.setProperty('--played', `${(100 * file.currentTime) / file.duration}%`);
}

/** Plays or pauses; a browser that refuses leaves the button as it is. @param {HTMLMediaElement} file */
function toggle(file) {
  if (file.paused) file.play().catch(() => undefined);
  else file.pause();
}

/**
 * A video that plays by itself, once, and stops and goes on with a touch.
 * @param {string} source @param {string} label
 */
export function videoPlayer(source, label) {
  const file = make('video', { src: source, playsinline: true, preload: 'auto', 'aria-label': label });
  const button = make('button', {
    type: 'button',
    class: 'play-over',
    'aria-label': 'Play the video',
    onclick: () => toggle(file),
  });
  const show = () => {
    button.classList.toggle('playing', !file.paused);
    button.setAttribute('aria-label', file.paused ? 'Play the video' : 'Pause the video');
  };
  for (const name of ['play', 'pause', 'ended']) file.addEventListener(name, show);
  file.addEventListener('timeupdate', () => showProgress(file));
  file.addEventListener('canplay', () => toggle(file), { once: true });
  return { file, parts: [file, button] };
}

/**
 * A voice note as phones show it: who speaks, the waveform, how long it is.
 * @param {string} source @param {any} story
 */
export function voicePlayer(source, story) {
  const file = make('audio', { src: source, preload: 'auto' });
  const { seconds, waveform } = story.media;
  const length = () => (Number.isFinite(file.duration) ? file.duration : (seconds ?? 0));
  const bars = (waveform ?? Array.from({ length: 48 }, () => 0)).map((loudness) => {
    const bar = make('i');
    bar.style.setProperty('--loud', String(Math.min(100, loudness) / 100));
    return bar;
  });
  const seek = make('input', {
    type: 'range',
    min: '0',
    max: '1000',
    value: '0',
    'aria-label': 'Position in the voice note',
  });
  const time = make('span', { class: 'voice-time', text: clock(seconds ?? 0) });
  const button = make('button', {
    type: 'button',
    class: 'play',
    'aria-label': 'Play the voice note',
    onclick: () => toggle(file),
  });
  const show = () => {
    const share = length() > 0 ? file.currentTime / length() : 0;
    bars.forEach((bar, at) => bar.classList.toggle('heard', at < share * bars.length));
    seek.value = String(Math.round(share * 1000));
    time.textContent = clock(file.paused && file.currentTime === 0 ? length() : file.currentTime);
    button.classList.toggle('playing', !file.paused);
    button.setAttribute('aria-label', file.paused ? 'Play the voice note' : 'Pause the voice note');
    showProgress(file);
  };
  seek.addEventListener('input', () => {
    file.currentTime = (Number(seek.value) / 1000) * length();
    show();
  });
  file.addEventListener('ended', () => {
    file.currentTime = 0;
  });
  for (const name of ['play', 'pause', 'timeupdate', 'loadedmetadata', 'seeked']) file.addEventListener(name, show);
  const card = make('div', { class: 'voice-card' }, [
    make('span', { class: 'speaker' }, [avatar(story.author.name), make('i', { class: 'microphone' })]),
    button,
    make('div', { class: 'voice-track' }, [
      make('div', { class: 'waveform', 'aria-hidden': 'true' }, bars),
      seek,
      time,
    ]),
    file,
  ]);
  return { file, parts: [card] };
}
