/**
 * The page of a document. `it` is a DocumentView; `<%= %>` escapes, and `<%~ %>`, which does not, is for our own
 * stylesheet only. The title is ours alone too: it goes into the style of the printed page's margin. `bdi` keeps a name
 * written right to left from turning the figures beside it.
 */
export const DOCUMENT_TEMPLATE = `<!doctype html>
<html lang="<%= it.words.language %>" style="--title: '<%= it.title %>'<% if (it.look.accentColor !== undefined) { %>; --accent: <%= it.look.accentColor %><% } %><% if (it.look.tintColor !== undefined) { %>; --tint: <%= it.look.tintColor %><% } %>">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'<% if (it.look.logo !== undefined) { %>; img-src data:<% } %>">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title><%= it.title %></title>
<style><%~ it.styles %></style>
</head>
<body>
<main>
<header>
  <div>
    <% if (it.look.logo !== undefined) { %><img class="logo" alt="" src="<%= it.look.logo.url %>" style="width: <%= it.look.logo.width %>pt; height: <%= it.look.logo.height %>pt"><% } %>
    <h1><%= it.heading %></h1>
    <p class="number"><%= it.number %></p>
    <% if (it.void !== undefined) { %><p class="void"><strong><%= it.void.mark %></strong> <%= it.void.note %></p><% } %>
  </div>
  <div class="due">
    <span class="label"><%= it.due.label %></span>
    <strong><%= it.due.amount %></strong>
  </div>
</header>

<div class="facts">
  <dl class="parties">
  <% for (const fact of it.parties) { %>
  <div>
    <dt class="label"><%= fact.label %></dt>
    <% for (const value of fact.values) { %><dd><bdi><%= value %></bdi></dd><% } %>
    <% if (fact.id !== undefined) { %><dd class="id"><%= fact.id %></dd><% } %>
  </div>
  <% } %>
  </dl>
  <dl class="terms">
  <% for (const fact of it.facts) { %>
  <div>
    <dt class="label"><bdi><%= fact.label %></bdi></dt>
    <% for (const value of fact.values) { %><dd><bdi><%= value %></bdi></dd><% } %>
  </div>
  <% } %>
  </dl>
</div>
<% if (it.memo !== '') { %><p class="memo"><bdi><%= it.memo %></bdi></p><% } %>

<table class="lines">
  <thead>
    <tr>
      <th scope="col"><%= it.columns.description %></th>
      <th scope="col" class="figure"><%= it.columns.quantity %></th>
      <th scope="col" class="figure"><%= it.columns.amount %></th>
    </tr>
  </thead>
  <% for (const section of it.sections) { %>
  <% if (section.heading !== undefined) { %>
  <tbody class="section">
    <tr>
      <th scope="rowgroup" colspan="2">
        <h2><bdi><%= section.heading.planName %></bdi></h2>
        <p><% if (section.heading.accountId !== undefined) { %><%= it.words.forAccount %> <% if (section.heading.accountName !== '') { %><bdi><%= section.heading.accountName %></bdi> <% } %><span class="id"><%= section.heading.accountId %></span> · <% } %><%= section.heading.period %><% if (section.heading.timeZone !== undefined) { %> <%= it.words.inTimeZone(section.heading.timeZone) %><% } %> · <%= it.words.subscription %> <span class="id"><%= section.heading.subscriptionId %></span></p>
      </th>
      <td class="figure amount"><%= section.heading.total %></td>
    </tr>
    <% if (section.lines.length === 0) { %>
    <tr class="none"><td colspan="3"><%= it.empty %></td></tr>
    <% } %>
  </tbody>
  <% } %>
  <% for (const line of section.lines) { %>
  <tbody>
    <% const isPlain = line.arithmetic === undefined && line.product === undefined && line.note === undefined; %>
    <tr class="line<% if (isPlain) { %> plain<% } %>">
      <td class="name"><bdi><%= line.description %></bdi></td>
      <td class="figure"><%= line.quantity %> <bdi class="muted"><%= line.unit %></bdi></td>
      <td class="figure amount"><%= line.amount %></td>
    </tr>
    <% if (!isPlain) { %>
    <tr class="detail">
      <td colspan="3">
        <% if (line.product !== undefined) { %>
        <p class="usage"><bdi><%= line.product %></bdi></p>
        <% } %>
        <% if (line.note !== undefined) { %>
        <p class="usage"><%= line.note %></p>
        <% } %>
        <% if (line.usage !== undefined) { %>
        <p class="usage"><%= line.usage.period %> · <%= line.usage.events %> · <%= it.words.meter %> <span class="id"><%= line.usage.meterId %></span> · <%= it.words.profile %> <span class="id"><%= line.usage.profile %></span><% if (line.usage.version !== undefined) { %> <%= line.usage.version %><% } %></p>
        <% } %>
        <% if (line.arithmetic?.kind === 'formula') { %>
        <p class="formula"><%= line.arithmetic.formula %><% if (line.arithmetic.ending !== undefined) { %>, <%= line.arithmetic.ending %><% } %><% if (line.arithmetic.rounded !== undefined) { %>, <%= it.words.roundedTo(line.arithmetic.rounded) %><% } %></p>
        <% } else if (line.arithmetic !== undefined) { %>
        <table class="steps">
          <thead>
            <tr>
              <th scope="col"><%= it.words.step %></th>
              <th scope="col" class="figure"><%= it.words.calculation %></th>
              <th scope="col" class="figure"><%= it.words.equalsAmount %></th>
            </tr>
          </thead>
          <tbody>
            <% for (const step of line.arithmetic.steps) { %>
            <tr>
              <td><%= step.label %></td>
              <td class="figure"><%= step.calculation %></td>
              <td class="figure"><%= step.amount %></td>
            </tr>
            <% } %>
          </tbody>
          <tfoot>
            <tr>
              <td colspan="2"><%= it.words.sum %></td>
              <td class="figure"><%= line.arithmetic.sum %></td>
            </tr>
            <% if (line.arithmetic.ending !== undefined) { %>
            <tr><td colspan="3"><%= line.arithmetic.ending %></td></tr>
            <% } %>
            <% if (line.arithmetic.rounded !== undefined) { %>
            <tr>
              <td colspan="2"><%= it.words.rounded %></td>
              <td class="figure"><%= line.arithmetic.rounded %></td>
            </tr>
            <% } %>
          </tfoot>
        </table>
        <% } %>
      </td>
    </tr>
    <% } %>
  </tbody>
  <% } %>
  <% } %>
</table>
<% if (it.sections[0].heading === undefined && it.sections[0].lines.length === 0) { %>
<p class="empty"><%= it.empty %></p>
<% } %>

<table class="totals">
  <% for (const total of it.totals) { %>
  <tr<% if (total.isMain) { %> class="main"<% } %>><th scope="row"><bdi><%= total.label %></bdi></th><td class="figure"><%= total.amount %></td></tr>
  <% } %>
</table>

<% if (it.payment !== undefined) { %>
<section class="payment">
  <div>
    <h2 class="label"><%= it.payment.label %></h2>
    <% for (const line of it.payment.lines) { %><p><bdi><%= line %></bdi></p><% } %>
  </div>
  <% if (it.payment.code !== undefined) { %>
  <figure>
    <svg viewBox="0 0 <%= it.payment.code.size %> <%= it.payment.code.size %>" role="img" aria-label="<%= it.payment.code.caption %>" shape-rendering="crispEdges"><path d="<%= it.qrPath(it.payment.code) %>"/></svg>
    <figcaption class="label"><%= it.payment.code.caption %></figcaption>
  </figure>
  <% } %>
</section>
<% } %>

<footer>
  <% for (const note of it.notes) { %><p><bdi><%= note %></bdi></p><% } %>
  <p><% for (const [index, one] of it.ids.entries()) { %><% if (index > 0) { %> · <% } %><%= one.label %> <span class="id"><%= one.id %></span><% } %></p>
  <% if (it.look.footer !== '') { %><p class="issuer"><bdi><%= it.look.footer %></bdi></p><% } %>
</footer>
<% if (it.appendix !== undefined) { %>
<section class="appendix">
  <h2><%= it.appendix.heading %></h2>
  <% for (const usage of it.appendix.usages) { %>
  <table class="days">
    <thead>
      <tr>
        <th scope="colgroup" colspan="5" class="name"><bdi><%= usage.name %></bdi></th>
        <td colspan="3" class="figure name"><%= usage.quantity %> <bdi class="muted"><%= usage.unit %></bdi></td>
      </tr>
      <tr><td colspan="8" class="label"><bdi><%= usage.about %></bdi></td></tr>
    </thead>
    <tbody>
      <% if (usage.note !== undefined) { %>
      <tr><td colspan="8"><%= usage.note %></td></tr>
      <% } %>
      <% if (usage.chart !== undefined) { %>
      <tr class="chart"><td colspan="8">
        <p class="label figure"><%= usage.chart.highest %></p>
        <svg viewBox="0 0 <%= usage.chart.bars.length %> 100" preserveAspectRatio="none" aria-hidden="true"><path d="<%= it.barsPath(usage.chart) %>"/><path class="base" d="M0 <%= usage.chart.base * 100 %>H<%= usage.chart.bars.length %>"/></svg>
        <p class="label ends"><span><%= usage.chart.first %></span><span><%= usage.chart.last %></span></p>
      </td></tr>
      <% } %>
      <% for (const row of usage.rows) { %>
      <tr><% for (const one of row) { %><th scope="row"><%= one.day %></th><td class="figure"><%= one.quantity %></td><% } %></tr>
      <% } %>
    </tbody>
  </table>
  <% } %>
  <% for (const note of it.appendix.notes) { %><p class="note"><%= note %></p><% } %>
</section>
<% } %>
</main>
</body>
</html>
`;
