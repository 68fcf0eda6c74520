import { type IBufferCell, Terminal } from '@xterm/headless';

/** Cells side by side that look alike. */
interface Run {
  readonly column: number;
  readonly width: number;
  readonly text: string;
  readonly look: string;
}

/** By the number of the colour in a terminal's palette. */
const colours: Readonly<Record<number, string>> = { 1: 'red', 2: 'green', 3: 'yellow', 6: 'cyan' };

const cell = { width: 8.4, height: 19 };
const margin = { side: 18, top: 44, bottom: 16 };

/** An SVG of all that a terminal of so many columns shows after these bytes, the lines above its screen included. */
export async function pictureOf(bytes: string, columns: number, title: string): Promise<string> {
  const terminal = new Terminal({ cols: columns, rows: 24, allowProposedApi: true, convertEol: true });
  await new Promise<void>((drawn) => terminal.write(bytes, drawn));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => runsOf(terminal, at));
  while (lines.at(-1)?.length === 0) lines.pop();
  const width = Math.ceil(columns * cell.width + 2 * margin.side);
  const height = margin.top + lines.length * cell.height + margin.bottom;
  const texts = lines.flatMap((runs, at) => runs.map((run) => textOf(run, at)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #e6edf3; white-space: pre }
.bold { font-weight: 600 } .dim { fill: #9198a1 }
.red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .cyan { fill: #56d4dd }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="#0d1117" stroke="#3d444d"/>
<g fill="#3d444d"><circle cx="20" cy="20" r="6"/><circle cx="40" cy="20" r="6"/><circle cx="60" cy="20" r="6"/></g>
${texts.join('\n')}
</svg>
`;
}

function runsOf(terminal: Terminal, at: number): readonly Run[] {
  const line = terminal.buffer.active.getLine(at);
  const runs: Run[] = [];
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const [text, look] = [cell.getChars() || ' ', lookOf(cell)];
    const last = runs.at(-1);
    if (last?.look === look) {
      runs[runs.length - 1] = { ...last, text: last.text + text, width: last.width + cell.getWidth() };
    } else runs.push({ column, width: cell.getWidth(), text, look });
  }
  return runs.flatMap((run, at) => {
    const text = at === runs.length - 1 ? run.text.trimEnd() : run.text;
    return text.trim() === '' ? [] : [{ ...run, text, width: run.width - (run.text.length - text.length) }];
  });
}

function lookOf(cell: IBufferCell): string {
  const colour = cell.isFgPalette() ? colours[cell.getFgColor()] : undefined;
  const dim = cell.isDim() ? 'dim' : undefined;
  const bold = cell.isBold() ? 'bold' : undefined;
  return [colour, dim, bold].filter((name) => name !== undefined).join(' ');
}

function textOf({ column, width, text, look }: Run, line: number): string {
  const x = (margin.side + column * cell.width).toFixed(1);
  const y = margin.top + line * cell.height + 14;
  // Each run has the width of its columns in a terminal, in every font.
  const length = (width * cell.width).toFixed(1);
  const named = look === '' ? '' : ` class="${look}"`;
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${named}>${escaped(text)}</text>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
