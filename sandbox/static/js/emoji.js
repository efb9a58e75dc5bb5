// Emoji by Slack's names, drawn with the machine's own font.

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
  return h('span', { class: 'emoji', role: 'img', 'aria-label': `${name.replaceAll('_', ' ')} emoji`, title: `:${name}:` }, character);
}
