"use strict";
// Draws the page's plots, sorts and filters its tables. Every text that comes from a record is
// escaped before Plotly gets it, since Plotly reads a few tags and entities in its labels.
(() => {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const MAX_ROWS = 60; // kernels and sizes in one plot
  const MAX_POINTS = 20000;
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const escaped = (text) =>
    String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const unique = (values) => [...new Set(values)];

  // -- cases --------------------------------------------------------------------------------

  const partsOf = (id) => {
    const [suite, kernel, preset, label, device, dtype] = id.split("/");
    return { suite, kernel, preset, backend: label, device, dtype };
  };
  const several = DATA.records.length > 1;
  const styles = new Map(DATA.styles.map(([label, ...style]) => [label, style]));
  for (const one of DATA.cases) {
    Object.assign(one, partsOf(one.id));
    one.group = `${one.suite}/${one.kernel}/${one.preset} (${one.dtype})`;
    one.series = one.backend + (one.device === "cpu" ? "" : ` (${one.device})`)
      + (several ? `, ${DATA.records[one.record].name}` : "");
    one.text = one.tip.map(escaped).join("<br>");
    one.isReference = one.backend === DATA.reference;
  }

  // -- theme --------------------------------------------------------------------------------

  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const themes = ["system", "light", "dark"];
  let theme = "system";
  const isDark = () => theme === "dark" || (theme === "system" && system.matches);
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const showTheme = () => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    byId("theme").textContent = `Theme: ${theme}`;
    fillLegend();
    redraw();
  };
  byId("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    showTheme();
  });
  system.addEventListener("change", showTheme);

  const colorOf = (label) => styles.get(label)[isDark() ? 1 : 0];
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
  const PATTERNS = ["", "/", "x", ".", "-", "+"];
  const lookOf = (one) => ({
    color: colorOf(one.backend),
    symbol: styles.get(one.backend)[2],
    variant: styles.get(one.backend)[3],
  });

  // -- filters ------------------------------------------------------------------------------

  const form = byId("filters");
  const chosen = () => {
    const values = Object.fromEntries(new FormData(form));
    const words = (values.search || "").toLowerCase().split(/\s+/).filter(Boolean);
    delete values.search;
    return { words, exact: Object.entries(values).filter(([, value]) => value !== "") };
  };
  const passes = ({ words, exact }, parts, text) =>
    exact.every(([name, value]) => parts[name] === undefined || parts[name] === value)
    && words.every((word) => text.includes(word));

  const rows = all("tr[data-case]").map((row) => ({
    row,
    parts: { ...partsOf(row.dataset.case), record: row.dataset.record, status: row.dataset.status },
    text: row.textContent.toLowerCase() + " " + row.dataset.case.toLowerCase(),
  }));
  let visible = DATA.cases;

  const applyFilters = () => {
    const filter = chosen();
    for (const { row, parts, text } of rows) row.hidden = !passes(filter, parts, text);
    visible = DATA.cases.filter((one) =>
      passes(filter, { ...one, record: String(one.record), status: "ok" },
        `${one.id} ${one.size}`.toLowerCase()));
    const shown = rows.filter(({ row }) => row.closest("#all"));
    const count = shown.filter(({ row }) => !row.hidden).length;
    byId("count").textContent = `${count} of ${shown.length} cases`;
    fillKernels();
    fillLegend();
    redraw();
  };
  form.addEventListener("input", applyFilters);
  form.addEventListener("reset", () => setTimeout(applyFilters));
  form.addEventListener("submit", (event) => event.preventDefault());

  // One button for each backend: its colour and marker in the plots, and a way to choose it.
  const GLYPHS = { circle: "●", diamond: "◆", square: "■", "triangle-up": "▲", x: "✖", star: "★" };
  const fillLegend = () => {
    const choice = form.elements.namedItem("backend");
    const drawn = new Set(DATA.cases.map((one) => one.backend));
    byId("legend").replaceChildren(...[...styles].filter(([label]) => drawn.has(label)).map(([label, style]) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const glyph = document.createElement("span");
      glyph.textContent = `${GLYPHS[style[2]]} `;
      glyph.style.color = colorOf(label);
      button.type = "button";
      button.append(glyph, label);
      if (choice) {
        button.setAttribute("aria-pressed", String(choice.value === label));
        button.addEventListener("click", () => {
          choice.value = choice.value === label ? "" : label;
          applyFilters();
        });
      }
      item.append(button);
      return item;
    }));
  };

  const kernels = byId("kernel");
  const fillKernels = () => {
    const before = kernels.value;
    const groups = unique(visible.map((one) => one.group));
    kernels.replaceChildren(...groups.map((group) => new Option(group, group)));
    if (groups.includes(before)) kernels.value = before;
  };
  kernels.addEventListener("change", () => redraw(["bars", "calls", "samples", "error", "scaling"]));

  // -- tables -------------------------------------------------------------------------------

  // The number a cell sorts by: its data-value, else the number its text begins with.
  const numberOf = (cell) => {
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const match = /^-?[\d.]+(e[+-]?\d+)?/i.exec(cell.textContent.trim());
    if (!match) return NaN;
    return Number(match[0]) / (cell.textContent.includes("%") ? 100 : 1);
  };
  const sortBy = (heading) => {
    const table = heading.closest("table");
    const place = heading.cellIndex;
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of all("th", table)) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => {
      const cell = row.cells[place];
      return { row, number: numberOf(cell), text: cell.textContent.trim() };
    });
    const sign = descending ? -1 : 1;
    const numeric = heading.classList.contains("right") || keyed.some((k) => k.row.cells[place].dataset.value !== undefined);
    keyed.sort((a, b) => {
      if (!numeric) return sign * a.text.localeCompare(b.text, undefined, { numeric: true });
      // What has no number comes last, whichever way is sorted.
      if (isNaN(a.number) || isNaN(b.number)) return isNaN(a.number) - isNaN(b.number);
      return sign * (a.number - b.number);
    });
    body.append(...keyed.map(({ row }) => row));
  };
  for (const heading of all("table.sortable th")) {
    heading.tabIndex = 0;
    heading.addEventListener("click", () => sortBy(heading));
    heading.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        sortBy(heading);
      }
    });
  }
  // Speedups in the suites' tables are tinted: the further from 1, the stronger.
  for (const cell of all("details > .scroll td.right")) {
    const match = /\(([\d.]+)x\)$/.exec(cell.textContent.trim());
    if (!match) continue;
    const gain = Math.log10(Number(match[1]));
    cell.dataset.gain = gain >= 0 ? "up" : "down";
    cell.style.setProperty("--strength", String(Math.min(0.42, Math.abs(gain) * 0.28)));
  }

  // -- plots --------------------------------------------------------------------------------

  const CONFIG = {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg" },
  };
  const narrow = () => window.innerWidth < 600;
  const axis = (title, more = {}) => ({
    title: { text: title, standoff: 8 },
    gridcolor: css("--line"),
    zerolinecolor: css("--line"),
    linecolor: css("--soft"),
    automargin: true,
    ...more,
  });
  // Whole decades, as many labels as there is room for.
  const logAxis = (title, values, more = {}) => {
    const logs = values.filter((value) => value > 0).map(Math.log10);
    let [low, high] = [Math.min(...logs), Math.max(...logs)];
    const spare = Math.max(0.08 * (high - low), 0.5 - (high - low) / 2, 0.08);
    [low, high] = [low - spare, high + spare];
    const room = narrow() ? 4 : 9;
    return axis(title, {
      type: "log", range: [low, high], tickangle: 0, dtick: Math.max(1, Math.ceil((high - low) / room)), ...more,
    });
  };
  const SECONDS = { tickformat: "~s", ticksuffix: "s" };
  const layout = (height, more) => ({
    height,
    margin: { l: narrow() ? 44 : 60, r: 14, t: 14, b: 46 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: narrow() ? 11 : 12, color: css("--ink") },
    hoverlabel: {
      align: "left", bgcolor: css("--paper"), bordercolor: css("--line"),
      font: { color: css("--ink"), size: 12 },
    },
    legend: { orientation: "h", yanchor: "bottom", y: 1.01, x: 0, font: { size: 11 } },
    hovermode: "closest",
    ...more,
  });
  const hover = { hoverinfo: "text", hovertemplate: "%{text}<extra></extra>" };
  const bars = (values, pick) => {
    const middle = values.map((value) => pick(value)[0]);
    return {
      type: "data", symmetric: false, thickness: 1.2, width: 3,
      array: values.map((value, i) => pick(value)[2] - middle[i]),
      arrayminus: values.map((value, i) => middle[i] - pick(value)[1]),
    };
  };
  // One trace for each series, in the order of tables.
  const bySeries = (cases) => {
    const order = [...styles.keys()];
    const series = new Map();
    for (const one of cases) {
      if (!series.has(one.series)) series.set(one.series, []);
      series.get(one.series).push(one);
    }
    return [...series].sort((a, b) => order.indexOf(a[1][0].backend) - order.indexOf(b[1][0].backend));
  };
  const inKernel = () => visible.filter((one) => one.group === kernels.value);
  const line = (x0, y0, x1, y1, more = {}) => ({
    type: "line", x0, y0, x1, y1,
    line: { color: css("--soft"), width: 1, dash: "dot" }, ...more,
  });
  const empty = (why) => ({ why });

  const drawSpeedup = () => {
    const cases = visible.filter((one) => one.speedup && !one.isReference);
    const groups = unique(cases.map((one) => one.group));
    if (!groups.length) return empty("No case that is verified against a verified reference passes the filters.");
    const shown = groups.slice(0, MAX_ROWS);
    const places = new Map(shown.map((group, i) => [group, i]));
    const traces = bySeries(cases.filter((one) => places.has(one.group))).map(([name, of]) => ({
      type: "scatter", mode: "markers", name: escaped(name), ...hover,
      x: of.map((one) => one.speedup[0]),
      y: of.map((one) => places.get(one.group)),
      error_x: bars(of, (one) => one.speedup),
      text: of.map((one) => one.text),
      marker: { size: 9, color: lookOf(of[0]).color, symbol: lookOf(of[0]).symbol, line: { width: 0.5, color: css("--paper") } },
    }));
    const sameDtype = unique(cases.map((one) => one.dtype)).length === 1;
    const samePreset = unique(cases.map((one) => one.preset)).length === 1;
    const short = (group) => {
      const one = cases.find((other) => other.group === group);
      let text = narrow() ? one.kernel : `${one.suite}/${one.kernel}`;
      if (!samePreset) text += `/${one.preset}`;
      if (!sameDtype) text += ` ${one.dtype}`;
      return escaped(text.length > 46 ? `${text.slice(0, 45)}…` : text);
    };
    const left = groups.length - shown.length;
    return {
      traces,
      layout: layout(80 + 24 * shown.length, {
        xaxis: logAxis(`times as fast as ${escaped(DATA.reference)}`, cases.flatMap((one) => one.speedup).concat(1), { side: "top", tickformat: "~g", ticksuffix: "x" }),
        yaxis: axis("", {
          tickmode: "array", tickvals: shown.map((_, i) => i), ticktext: shown.map(short),
          range: [shown.length - 0.4, -0.6], zeroline: false,
        }),
        margin: { l: narrow() ? 44 : 60, r: 14, t: 56, b: 14 },
        showlegend: false,
        shapes: [line(1, -0.6, 1, shown.length - 0.4, { line: { color: css("--soft"), width: 1.5 } })],
      }),
      note: left ? `The first ${shown.length} of ${groups.length} kernels and sizes; the filters choose others.` : "",
    };
  };

  const drawFirst = () => {
    const cases = visible.filter((one) => one.first > 0 && one.steady[0] > 0).slice(0, MAX_POINTS);
    if (!cases.length) return empty("No case passes the filters.");
    const times = cases.flatMap((one) => [one.first, one.steady[0]]);
    const [low, high] = [Math.min(...times), Math.max(...times)];
    return {
      traces: bySeries(cases).map(([name, of]) => ({
        type: "scatter", mode: "markers", name: escaped(name), ...hover,
        x: of.map((one) => one.steady[0]), y: of.map((one) => one.first),
        text: of.map((one) => one.text),
        marker: { size: 8, opacity: 0.85, color: lookOf(of[0]).color, symbol: lookOf(of[0]).symbol },
      })),
      layout: layout(430, {
        showlegend: false,
        xaxis: logAxis("steady median", cases.map((one) => one.steady[0]), SECONDS),
        yaxis: logAxis("first call", cases.map((one) => one.first), SECONDS),
        shapes: [line(low, low, high, high)],
      }),
    };
  };

  const drawBars = () => {
    const cases = inKernel().filter((one) => one.speedup);
    if (!cases.length) return empty("This kernel has no verified reference to compare with.");
    const order = [...cases].sort((a, b) => a.speedup[0] - b.speedup[0]);
    // Bars begin at 1: to the right what is faster, to the left what is slower.
    const values = order.flatMap((one) => one.speedup).concat(1);
    return {
      traces: [{
        type: "bar", orientation: "h", ...hover, showlegend: false,
        base: order.map(() => 1),
        x: order.map((one) => one.speedup[0] - 1),
        y: order.map((_, i) => i),
        text: order.map((one) => one.text), textposition: "none",
        marker: {
          color: order.map((one) => lookOf(one).color),
          pattern: { shape: order.map((one) => PATTERNS[lookOf(one).variant % PATTERNS.length]), solidity: 0.25 },
        },
      }, {
        type: "scatter", mode: "markers", showlegend: false, ...hover,
        x: order.map((one) => one.speedup[0]), y: order.map((_, i) => i),
        error_x: bars(order, (one) => one.speedup),
        text: order.map((one) => one.text),
        marker: { size: 4, color: css("--ink") },
      }],
      layout: layout(110 + 30 * order.length, {
        bargap: 0.35,
        xaxis: logAxis(`times as fast as ${escaped(DATA.reference)}`, values, { tickformat: "~g", ticksuffix: "x" }),
        yaxis: axis("", { tickmode: "array", tickvals: order.map((_, i) => i), ticktext: order.map((one) => escaped(one.series)), zeroline: false }),
        shapes: [line(1, -0.6, 1, order.length - 0.4, { line: { color: css("--soft"), width: 1.5 } })],
      }),
    };
  };

  const drawCalls = () => {
    const cases = inKernel().filter((one) => one.first > 0);
    if (!cases.length) return empty("The first calls of this kernel are unknown.");
    const latest = Math.max(1000, ...cases.map((one) => one.paid || 1));
    const decades = Math.min(8, Math.ceil(Math.log10(latest)) + 1);
    const calls = Array.from({ length: decades * 8 + 1 }, (_, i) => 10 ** (i / 8));
    const paid = cases.filter((one) => one.paid > 1 && one.paid <= calls.at(-1));
    const cost = (one, n) => one.first + (n - 1) * one.steady[0];
    return {
      traces: [
        ...bySeries(cases).flatMap(([name, of]) => of.map((one) => ({
          type: "scatter", mode: "lines", name: escaped(name), ...hover,
          x: calls, y: calls.map((n) => cost(one, n)), text: calls.map(() => one.text),
          line: { color: lookOf(one).color, width: one.isReference ? 3 : 1.8, dash: DASHES[lookOf(one).variant % DASHES.length] },
        }))),
        {
          type: "scatter", mode: "markers", showlegend: false, ...hover,
          x: paid.map((one) => one.paid), y: paid.map((one) => cost(one, one.paid)),
          text: paid.map((one) => `paid back after ${one.paid} calls<br>${one.text}`),
          marker: { size: 10, symbol: "circle-open", line: { width: 2 }, color: paid.map((one) => lookOf(one).color) },
        },
      ],
      layout: layout(400, {
        xaxis: logAxis("calls", calls, { tickformat: "~s", range: [0, Math.log10(calls.at(-1))] }),
        yaxis: logAxis("time of all calls", cases.flatMap((one) => [cost(one, 1), cost(one, calls.at(-1))]), SECONDS),
      }),
    };
  };

  const drawSamples = () => {
    const cases = inKernel();
    if (!cases.length) return empty("No case passes the filters.");
    const order = bySeries(cases).flatMap(([, of]) => of).reverse();
    const step = Math.max(1, Math.ceil(
      order.flatMap((one) => [...one.runs, ...one.warmup]).reduce((n, runs) => n + runs.length, 0) / MAX_POINTS));
    const strip = (one, place, processes, open) => {
      const times = processes.flatMap((runs) => runs).filter((_, i) => i % step === 0);
      const spread = (i) => (times.length > 1 ? i / (times.length - 1) - 0.5 : 0);
      return {
        type: "scatter", mode: "markers", showlegend: false, ...hover,
        x: times, y: times.map((_, i) => place + 0.62 * spread(i)),
        text: times.map((time) => `${open ? "warm-up run" : "timed run"}: ${(time * 1e3).toPrecision(4)} ms<br>${one.text}`),
        marker: {
          size: open ? 6 : 5, opacity: 0.8, color: lookOf(one).color,
          symbol: open ? "circle-open" : "circle",
        },
      };
    };
    return {
      traces: order.flatMap((one, i) => [strip(one, i, one.warmup, true), strip(one, i, one.runs, false)]),
      layout: layout(110 + 38 * order.length, {
        xaxis: logAxis("time of a call", order.flatMap((one) => [...one.runs, ...one.warmup]).flat(), SECONDS),
        yaxis: axis("", { tickmode: "array", tickvals: order.map((_, i) => i), ticktext: order.map((one) => escaped(one.series)), zeroline: false }),
        shapes: order.map((one, i) => line(one.steady[0], i - 0.36, one.steady[0], i + 0.36, { line: { color: css("--ink"), width: 1.5 } })),
      }),
    };
  };

  const FLOOR = 1e-17;
  const drawError = () => {
    // Dtypes of one size stand together: that is the choice a reader has.
    const here = inKernel()[0];
    const same = here ? visible.filter((one) => one.suite === here.suite && one.kernel === here.kernel && one.preset === here.preset) : [];
    const truth = same.some((one) => one.digits !== null);
    const errorOf = (one) => (truth ? (one.digits === null ? null : 10 ** -one.digits) : one.error);
    const cases = same.filter((one) => errorOf(one) !== null);
    if (!cases.length) return empty("Nothing of this kernel is compared entry by entry.");
    const dtypes = unique(cases.map((one) => one.dtype));
    return {
      traces: bySeries(cases).map(([name, of]) => ({
        type: "scatter", mode: "markers", name: escaped(name), ...hover,
        x: of.map((one) => one.steady[0]),
        y: of.map((one) => Math.max(FLOOR, errorOf(one))),
        error_x: bars(of, (one) => one.steady),
        text: of.map((one) => one.text),
        marker: {
          size: of.map((one) => (dtypes.indexOf(one.dtype) ? 9 : 12)), opacity: 0.9,
          color: lookOf(of[0]).color, symbol: lookOf(of[0]).symbol,
        },
      })),
      layout: layout(400, {
        xaxis: logAxis("steady median", cases.map((one) => one.steady[0]), SECONDS),
        yaxis: logAxis(truth ? "relative error against the truth" : `relative error against ${escaped(DATA.reference)}`,
          cases.map((one) => Math.max(FLOOR, errorOf(one))).flatMap((error) => [error / 3, error * 3]),
          { exponentformat: "power" }),
      }),
      note: dtypes.length > 1 ? `Large markers: ${dtypes[0]}; small ones: ${dtypes.slice(1).join(", ")}.` : "",
    };
  };

  const drawScaling = () => {
    const here = inKernel()[0];
    const place = here && DATA.cases.indexOf(here);
    const scalings = DATA.scalings.filter((one) => one.lines.some((of) => of.cases.includes(place)));
    const shown = scalings[0];
    if (!shown) return empty("This kernel was measured at one size. Several presets, or --set with several values, give lines.");
    const passing = new Set(visible);
    const lines = shown.lines.map((of) => ({ cases: of.cases.map((i) => DATA.cases[i]), sizes: of.sizes }))
      .filter((of) => of.cases.some((one) => passing.has(one)));
    const labels = new Set(lines.map((of) => of.cases[0].series));
    const crossings = shown.crossings.filter((one) => [...labels].some((label) => label.startsWith(one.label)));
    return {
      traces: [
        ...lines.map(({ cases, sizes }) => ({
          type: "scatter", mode: "lines+markers", name: escaped(cases[0].series), ...hover,
          x: sizes, y: cases.map((one) => one.steady[0]), error_y: bars(cases, (one) => one.steady),
          text: cases.map((one) => one.text),
          line: { color: lookOf(cases[0]).color, width: cases[0].isReference ? 3 : 1.8, dash: DASHES[lookOf(cases[0]).variant % DASHES.length] },
          marker: { size: 7, symbol: lookOf(cases[0]).symbol },
        })),
        {
          type: "scatter", mode: "markers", showlegend: false, ...hover,
          x: crossings.map((one) => one.size), y: crossings.map((one) => one.seconds),
          text: crossings.map((one) => escaped(one.text)),
          marker: { size: 12, symbol: "circle-open", color: css("--ink"), line: { width: 2 } },
        },
      ],
      layout: layout(400, {
        xaxis: logAxis(escaped(shown.axis), lines.flatMap((of) => of.sizes), { tickformat: "~s" }),
        yaxis: logAxis("steady median", lines.flatMap((of) => of.cases).map((one) => one.steady[0]), SECONDS),
      }),
      note: [shown.fixed, ...crossings.map((one) => one.text)].filter(Boolean).join("; "),
    };
  };

  const drawRoofline = () => {
    const cases = visible.filter((one) => one.flops > 0 && one.bytes > 0 && one.steady[0] > 0
      && one.dtype === "float64" && one.device === "cpu").slice(0, MAX_POINTS);
    if (!cases.length) return empty("No case that counts both its operations and its bytes passes the filters.");
    const intensities = cases.map((one) => one.flops / one.bytes);
    const [low, high] = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
    const roofs = unique(cases.map((one) => one.record)).map((i) => DATA.records[i])
      .filter(({ ceilings }) => ceilings.flops_per_s > 0 && ceilings.bytes_per_s > 0);
    const ridgeOf = ({ ceilings }) => ceilings.flops_per_s / ceilings.bytes_per_s;
    return {
      traces: [
        ...roofs.map(({ ceilings }) => {
          const ridge = ridgeOf({ ceilings });
          const x = [Math.min(low, ridge / 10), ridge, Math.max(high, ridge * 10)];
          return {
            type: "scatter", mode: "lines", hoverinfo: "skip",
            x, y: x.map((at) => Math.min(ceilings.flops_per_s, at * ceilings.bytes_per_s)),
            line: { color: css("--ink"), width: 2 },
          };
        }),
        ...bySeries(cases).map(([name, of]) => ({
          type: "scatter", mode: "markers", name: escaped(name), ...hover,
          x: of.map((one) => one.flops / one.bytes), y: of.map((one) => one.flops / one.steady[0]),
          text: of.map((one) => `${one.text}<br>${(one.flops / one.steady[0] / 1e9).toPrecision(3)} GFLOP/s`),
          marker: { size: 8, opacity: 0.85, color: lookOf(of[0]).color, symbol: lookOf(of[0]).symbol },
        })),
      ],
      layout: layout(430, {
        showlegend: false,
        xaxis: logAxis("operations per byte", roofs.flatMap(ridgeOf).concat(low, high), { tickformat: "~g" }),
        yaxis: logAxis("FLOP/s", roofs.map(({ ceilings }) => ceilings.flops_per_s).concat(cases.map((one) => one.flops / one.steady[0])), { tickformat: "~s" }),
        annotations: roofs.map(({ name, ceilings }) => ({
          x: Math.log10(ridgeOf({ ceilings })), y: Math.log10(ceilings.flops_per_s), xanchor: "left", yanchor: "bottom",
          showarrow: false, text: escaped(`measured peaks${several ? ` of ${name}` : ""}`), font: { size: 11 },
        })),
      }),
      note: roofs.length ? "" : "The record holds no measured peaks, so there is no roof.",
    };
  };

  const PLOTS = {
    speedup: drawSpeedup, first: drawFirst, roofline: drawRoofline, bars: drawBars, calls: drawCalls,
    samples: drawSamples, error: drawError, scaling: drawScaling,
  };
  const draw = (id) => {
    const figure = byId(id);
    const canvas = figure.querySelector(".canvas");
    const { traces, layout: how, why, note } = PLOTS[id]();
    let remark = figure.querySelector(".hint");
    if (!remark) {
      remark = document.createElement("p");
      remark.className = "hint";
      canvas.after(remark);
    }
    remark.textContent = why || note || "";
    remark.hidden = !remark.textContent;
    canvas.hidden = Boolean(why);
    if (why) Plotly.purge(canvas);
    else Plotly.react(canvas, traces, how, CONFIG);
    figure.dataset.drawn = why ? "empty" : String(traces.length);
  };

  // A plot is drawn when it comes near the window, and again when what it shows has changed.
  const near = new Set();
  const stale = new Set();
  let pending = false;
  const update = () => {
    pending = false;
    for (const id of [...stale].filter((one) => near.has(one))) {
      stale.delete(id);
      draw(id);
    }
  };
  const redraw = (ids = Object.keys(PLOTS)) => {
    ids.forEach((id) => stale.add(id));
    if (!pending) {
      pending = true;
      requestAnimationFrame(update);
    }
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) near.add(entry.target.id);
      else near.delete(entry.target.id);
    }
    update();
  }, { rootMargin: "600px" });
  Object.keys(PLOTS).forEach((id) => watcher.observe(byId(id)));

  applyFilters();
})();
