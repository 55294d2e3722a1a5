/// A graph and what a build would do with it, as a page for a browser: one file, which loads nothing.
///
/// A picture of thousands of boxes can't be read, so the page has a list of steps for each group, with
/// a search, and draws the surroundings of the step that is chosen: what it needs, and what needs it.
public struct GraphPage: Sendable {
    public var title: String
    /// Shortens paths.
    public var shorten: @Sendable (String) -> String

    public init(title: String, shorten: @escaping @Sendable (String) -> String = { $0 }) {
        self.title = title
        self.shorten = shorten
    }

    /// - Parameter verdicts: for each step of the graph what a build would do.
    public func text(of graph: Graph, verdicts: [Verdict]) -> String {
        precondition(verdicts.count == graph.steps.count, "a verdict for each step")
        let steps = graph.steps.indices.map { step(graph, $0, verdicts[$0]) }
        let name = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return Self.page(name, steps.joined(separator: ",\n"))
    }

    private func step(_ graph: Graph, _ index: Int, _ verdict: Verdict) -> String {
        let step = graph.steps[index]
        let reason = verdict.reason.map { $0.text(shorten: shorten) } ?? ""
        let sources = graph.inputs[index].filter { graph.producer(of: $0) == nil }
            .map { Self.quoted(shorten(graph.paths.path($0))) }
        let needs = graph.needs[index].sorted().map { "\($0)" }
        return "["
            + [
                Self.quoted(step.name), Self.quoted(step.group),
                Self.quoted(Self.state(verdict.reason)),
                Self.quoted(reason),
                "[\(step.outputs.map { Self.quoted(shorten($0)) }.joined(separator: ","))]",
                "[\(needs.joined(separator: ","))]", "[\(sources.joined(separator: ","))]",
            ].joined(separator: ",") + "]"
    }

    private static func state(_ reason: Reason?) -> String {
        switch reason {
        case nil: "current"
        case .failedBefore: "failed"
        case .inputPending: "follows"
        case .decidesItself: "asks"
        default: "runs"
        }
    }

    /// As a text of JavaScript, within an element of HTML.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..."\u{1f}":
                let digits = String(character.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }

    private static func page(_ title: String, _ steps: String) -> String {
        #"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\#(title)</title>
        <meta name="viewport" content="width=device-width">
        <style>
        body { font: 14px/1.4 sans-serif; margin: 0; color: #222; background: #fff;
          height: 100vh; display: flex; flex-direction: column }
        header { position: sticky; top: 0; background: #fff; border-bottom: 1px solid #ccc;
          padding: 8px 16px; display: flex; gap: 12px; align-items: center; flex-wrap: wrap }
        h1 { font-size: 16px; margin: 0 } input { font: inherit; padding: 3px 6px; width: 16em }
        main { display: grid; grid-template-columns: minmax(18em, 28em) 1fr; flex: 1; min-height: 0 }
        #list, #view { overflow: auto; padding: 8px 16px } #list { border-right: 1px solid #ccc }
        summary { cursor: pointer; font-weight: bold; padding: 3px 0 }
        button { font: inherit; text-align: left; border: 1px solid #bbb; border-radius: 4px;
          margin: 2px 0; padding: 2px 6px; cursor: pointer; overflow-wrap: anywhere; color: inherit }
        #list button { display: block; width: 100%; border-color: transparent }
        .chosen { outline: 2px solid #36c }
        .current { background: #e4f3e4 } .runs { background: #ffe0a0 } .follows { background: #fff4d0 }
        .failed { background: #f4c0c0 } .asks { background: #e8e8e8 }
        .near { display: grid; grid-template-columns: 1fr auto 1fr auto 1fr; gap: 10px; align-items: center }
        .near > div { display: flex; flex-direction: column; max-height: 60vh; overflow: auto }
        .near button { min-height: 1.8em; flex: none }
        code { overflow-wrap: anywhere } h2 { font-size: 14px; margin: 14px 0 4px }
        ul { margin: 0; padding-left: 1.2em }
        small { color: #666 } span.key { padding: 1px 6px; border-radius: 4px }
        </style></head><body>
        <header><h1>\#(title)</h1><input id="search" type="search" placeholder="search steps and files">
        <label><input id="only" type="checkbox" style="width:auto"> only what would run</label>
        <span id="count"></span>
        <span class="key current">up to date</span><span class="key runs">would run</span>
        <span class="key follows">would run after another</span><span class="key failed">failed</span>
        <span class="key asks">asks another tool</span></header>
        <main><div id="list"></div>
        <div id="view"><p>Choose a step to see what it needs, and what needs it.</p></div></main>
        <noscript>This page needs JavaScript; it loads nothing.</noscript>
        <script>
        // Name, group, state, reason, outputs, steps that it needs, files that no step makes.
        const steps = [
        \#(steps)
        ];
        const users = steps.map(() => []);
        steps.forEach((step, index) => step[5].forEach(need => users[need].push(index)));
        const byId = id => document.getElementById(id);
        function element(kind, text, className) {
          const made = document.createElement(kind);
          if (text !== undefined) made.textContent = text;
          if (className) made.className = className;
          return made;
        }
        function button(index, withGroup) {
          const step = steps[index];
          const group = withGroup && step[1] ? step[1] + ": " : "";
          const made = element("button", group + step[0], step[2]);
          made.title = step[3] || "up to date";
          made.onclick = () => { location.hash = index; };
          made.dataset.step = index;
          return made;
        }
        const shownMax = 3000;
        function list() {
          const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
          const only = byId("only").checked;
          const groups = new Map();
          let found = 0;
          steps.forEach((step, index) => {
            if (only && step[2] === "current") return;
            const text = [step[1], step[0], ...step[4], ...step[6]].join(" ").toLowerCase();
            if (!words.every(word => text.includes(word))) return;
            if (++found > shownMax) return;
            if (!groups.has(step[1])) groups.set(step[1], []);
            groups.get(step[1]).push(index);
          });
          byId("count").textContent = found + " of " + steps.length + " steps"
            + (found > shownMax ? ", the first " + shownMax + " listed" : "");
          const isOpen = words.length > 0 || found <= 60;
          byId("list").replaceChildren(...[...groups.keys()].sort().map(name => {
            const details = element("details");
            const members = groups.get(name);
            const busy = members.filter(index => steps[index][2] !== "current").length;
            details.append(element("summary", (name || "others") + " " + members.length
              + (busy ? " (" + busy + " would run)" : "")));
            const fill = () => {
              if (details.children.length === 1) details.append(...members.map(index => button(index)));
            };
            if (isOpen || groups.size === 1) { details.open = true; fill(); }
            details.ontoggle = fill;
            return details;
          }));
        }
        function column(indexes, none) {
          const made = element("div");
          if (indexes.length) made.append(...indexes.map(index => button(index, true)));
          else made.append(element("small", none));
          return made;
        }
        function files(title, paths) {
          if (!paths.length) return [];
          const made = element("ul");
          for (const path of paths) {
            const item = element("li");
            item.append(element("code", path));
            made.append(item);
          }
          return [element("h2", title), made];
        }
        function show() {
          const index = Number(location.hash.slice(1));
          const step = location.hash && steps[index];
          if (!step) return;
          const middle = element("div");
          const chosen = button(index, true);
          chosen.classList.add("chosen");
          middle.append(chosen);
          const near = element("div", undefined, "near");
          near.append(column(step[5], "it needs no other step"), element("span", "→"), middle,
            element("span", "→"), column(users[index], "no step needs it"));
          byId("view").replaceChildren(
            near, element("h2", step[3] ? "It would run: " + step[3] : "It is up to date"),
            ...files("It makes", step[4]), ...files("It reads, and no step makes", step[6]));
        }
        byId("search").oninput = list;
        byId("only").onchange = list;
        window.onhashchange = show;
        list();
        show();
        </script></body></html>

        """#
    }
}
