// Emoji by Slack's names. Those that a research team's bot uses most are drawn by us (static/emoji.svg), so that
// they look the same on a machine without an emoji font; the others are the font's.

import { h } from './dom.js';

const CHARACTERS = {
  '+1': '👍', thumbsup: '👍', '-1': '👎', thumbsdown: '👎', clap: '👏', wave: '👋', pray: '🙏', raised_hands: '🙌', muscle: '💪',
  point_right: '👉', point_left: '👈', point_up: '☝️', point_down: '👇', ok_hand: '👌', hand: '✋', raising_hand: '🙋', handshake: '🤝', writing_hand: '✍️',
  smile: '😄', smiley: '😃', grin: '😁', grinning: '😀', joy: '😂', wink: '😉', blush: '😊', slightly_smiling_face: '🙂',
  neutral_face: '😐', thinking_face: '🤔', confused: '😕', cry: '😢', sob: '😭', sweat_smile: '😅', sunglasses: '😎',
  heart_eyes: '😍', scream: '😱', upside_down_face: '🙃', white_frowning_face: '☹️', sleeping: '😴', shrug: '🤷', facepalm: '🤦',
  heart: '❤️', green_heart: '💚', blue_heart: '💙', purple_heart: '💜', broken_heart: '💔', fire: '🔥', sparkles: '✨',
  star: '⭐', star2: '🌟', tada: '🎉', confetti_ball: '🎊', gift: '🎁', trophy: '🏆', medal: '🏅', rocket: '🚀', zap: '⚡', boom: '💥',
  '100': '💯', eyes: '👀', brain: '🧠', robot_face: '🤖', ghost: '👻', see_no_evil: '🙈', seedling: '🌱', coffee: '☕',
  white_check_mark: '✅', heavy_check_mark: '✔️', ballot_box_with_check: '☑️', x: '❌', negative_squared_cross_mark: '❎',
  heavy_multiplication_x: '✖️', warning: '⚠️', rotating_light: '🚨', no_entry: '⛔', no_entry_sign: '🚫', octagonal_sign: '🛑',
  question: '❓', grey_question: '❔', exclamation: '❗', bangbang: '‼️', information_source: 'ℹ️', sos: '🆘', recycle: '♻️',
  red_circle: '🔴', large_orange_circle: '🟠', large_yellow_circle: '🟡', large_green_circle: '🟢', large_blue_circle: '🔵',
  large_purple_circle: '🟣', white_circle: '⚪', black_circle: '⚫', large_green_square: '🟩', large_red_square: '🟥',
  large_yellow_square: '🟨', large_blue_square: '🟦', white_large_square: '⬜', black_large_square: '⬛', small_blue_diamond: '🔹',
  small_orange_diamond: '🔸', radio_button: '🔘', arrow_right: '➡️', arrow_left: '⬅️', arrow_up: '⬆️', arrow_down: '⬇️',
  arrow_upper_right: '↗️', arrows_counterclockwise: '🔄', repeat: '🔁', fast_forward: '⏩', leftwards_arrow_with_hook: '↩️',
  calendar: '📆', date: '📅', spiral_calendar_pad: '🗓️', alarm_clock: '⏰', stopwatch: '⏱️', timer_clock: '⏲️', clock: '🕰️',
  clock1: '🕐', clock2: '🕑', clock3: '🕒', clock9: '🕘', clock10: '🕙', hourglass: '⌛', hourglass_flowing_sand: '⏳', watch: '⌚',
  email: '✉️', envelope: '✉️', incoming_envelope: '📨', 'e-mail': '📧', outbox_tray: '📤', inbox_tray: '📥', mailbox: '📫',
  mailbox_with_mail: '📬', package: '📦', bell: '🔔', no_bell: '🔕', mega: '📣', loudspeaker: '📢', speech_balloon: '💬',
  thought_balloon: '💭', telephone_receiver: '📞', iphone: '📱', computer: '💻', movie_camera: '🎥', video_camera: '📹', camera: '📷',
  clapper: '🎬', microphone: '🎤', studio_microphone: '🎙️', headphones: '🎧', memo: '📝', pencil: '📝', pencil2: '✏️',
  clipboard: '📋', page_facing_up: '📄', newspaper: '📰', bookmark: '🔖', books: '📚', file_folder: '📁', card_index: '📇',
  bar_chart: '📊', chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉', pushpin: '📌', round_pushpin: '📍', paperclip: '📎',
  link: '🔗', lock: '🔒', unlock: '🔓', key: '🔑', mag: '🔍', bulb: '💡', wrench: '🔧', gear: '⚙️', hammer_and_wrench: '🛠️', wastebasket: '🗑️',
  moneybag: '💰', dollar: '💵', euro: '💶', credit_card: '💳', receipt: '🧾', money_with_wings: '💸', ticket: '🎫', label: '🏷️', dart: '🎯',
  bust_in_silhouette: '👤', busts_in_silhouette: '👥', male_detective: '🕵️', seat: '💺', door: '🚪', house: '🏠', office: '🏢',
  earth_africa: '🌍', globe_with_meridians: '🌐', airplane: '✈️', sunny: '☀️', sunrise: '🌅', crescent_moon: '🌙', cloud: '☁️',
  one: '1️⃣', two: '2️⃣', three: '3️⃣', four: '4️⃣', five: '5️⃣', zzz: '💤', new: '🆕', double_vertical_bar: '⏸️', arrow_forward: '▶️',
  black_square_for_stop: '⏹️', abacus: '🧮', test_tube: '🧪', test_pencil: '📝', scales: '⚖️', shield: '🛡️', construction: '🚧', ear: '👂',
};

// One drawing may serve several names.
const DRAWN = {
  white_check_mark: 'check', heavy_check_mark: 'tick', ballot_box_with_check: 'box-check', x: 'cross', warning: 'warning', rotating_light: 'siren',
  no_entry: 'no-entry', no_entry_sign: 'forbidden', octagonal_sign: 'stop', question: 'question', exclamation: 'exclamation', information_source: 'info',
  red_circle: 'red', large_orange_circle: 'orange', large_yellow_circle: 'yellow', large_green_circle: 'green', large_blue_circle: 'blue',
  large_purple_circle: 'purple', white_circle: 'white', black_circle: 'black',
  calendar: 'calendar', date: 'calendar', spiral_calendar_pad: 'calendar', alarm_clock: 'clock', stopwatch: 'clock', timer_clock: 'clock', clock: 'clock',
  clock1: 'clock', clock2: 'clock', clock3: 'clock', clock9: 'clock', clock10: 'clock', hourglass: 'hourglass', hourglass_flowing_sand: 'hourglass',
  email: 'envelope', envelope: 'envelope', incoming_envelope: 'envelope', 'e-mail': 'envelope', bell: 'bell', no_bell: 'no-bell', mega: 'mega', loudspeaker: 'mega',
  speech_balloon: 'speech', movie_camera: 'camera', video_camera: 'camera', clapper: 'clapper', microphone: 'microphone', studio_microphone: 'microphone',
  memo: 'memo', pencil: 'memo', pencil2: 'pencil', clipboard: 'clipboard', page_facing_up: 'page', bar_chart: 'chart', chart_with_upwards_trend: 'trend',
  pushpin: 'pin', round_pushpin: 'pin', link: 'link', lock: 'lock', mag: 'search', bulb: 'bulb', gear: 'gear', moneybag: 'money', dollar: 'money', euro: 'money',
  money_with_wings: 'money', gift: 'gift', ticket: 'ticket', dart: 'dart', bust_in_silhouette: 'person', busts_in_silhouette: 'people', tada: 'tada', confetti_ball: 'tada',
  wave: 'hand', hand: 'hand', raised_hands: 'hand', eyes: 'eyes', star: 'star', sparkles: 'sparkles', rocket: 'rocket', zap: 'zap', heart: 'heart', '+1': 'thumb',
  thumbsup: 'thumb', slightly_smiling_face: 'smile', smile: 'smile', arrows_counterclockwise: 'repeat', repeat: 'repeat', arrow_right: 'arrow',
  double_vertical_bar: 'pause', seedling: 'seedling', sunny: 'sun', sunrise: 'sun', inbox_tray: 'inbox', telephone_receiver: 'phone', coffee: 'coffee',
  globe_with_meridians: 'globe', wastebasket: 'bin', construction: 'warning', crescent_moon: 'moon',
};

const bare = (character) => character.replaceAll('\ufe0f', '');
const NAMES = new Map(Object.entries(CHARACTERS).reverse().map(([name, character]) => [bare(character), name]));
const PICTURE = /(\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|\p{Emoji_Presentation}(?:\ufe0f|[\u{1f3fb}-\u{1f3ff}])?|\p{Extended_Pictographic}\ufe0f|☑|✔|✉|⚠|ℹ)/u;

/** The emoji of that name (without colons); an unknown name is shown as typed. */
export function emoji(name) {
  if (!Object.hasOwn(CHARACTERS, name)) return `:${name}:`;
  return picture(name, CHARACTERS[name]);
}

/** A text as nodes, its emoji characters drawn like named ones. */
export function emojiInText(text) {
  return text.split(PICTURE).map((piece, odd) => {
    if (odd % 2 === 0) return piece;
    const name = NAMES.get(bare(piece));
    return name ? picture(name, piece) : piece;
  });
}

/** Names of emoji that begin with what was typed, at most `count`. */
export function emojiStartingWith(typed, count = 8) {
  return Object.keys(CHARACTERS).filter((name) => name.startsWith(typed)).slice(0, count);
}

function picture(name, character) {
  const label = `${name.replaceAll('_', ' ')} emoji`;
  const drawing = DRAWN[name];
  if (!drawing) return h('span', { class: 'emoji', role: 'img', 'aria-label': label, title: `:${name}:` }, character);
  return h('img', { class: 'emoji', src: `/static/emoji.svg#${drawing}`, alt: character, title: `:${name}:` });
}
