/**
 * The page of an invoice. `it` is an InvoiceView; `<%= %>` escapes, and `<%~ %>`, which does not, is for our own
 * stylesheet only. The title is ours alone too: it goes into the style of the printed page's margin. `bdi` keeps a name
 * written right to left from turning the figures beside it.
 */
export const INVOICE_TEMPLATE = `<!doctype html>
<html lang="en" style="--title: '<%= it.title %>'">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title><%= it.title %></title>
<style><%~ it.styles %></style>
</head>
<body>
<main>
<header>
  <div>
    <h1><%= it.heading %></h1>
    <p class="number"><%= it.number %></p>
  </div>
  <div class="due">
    <span class="label">Total</span>
    <strong><%= it.total %> <%= it.currencyCode %></strong>
  </div>
</header>

<dl class="facts">
  <div>
    <dt class="label">Billed to</dt>
    <% if (it.accountName !== '') { %><dd><bdi><%= it.accountName %></bdi></dd><% } %>
    <dd class="id"><%= it.accountId %></dd>
  </div>
  <% if (it.subscriptionCount === undefined) { %>
  <div>
    <dt class="label">Plan</dt>
    <dd><bdi><%= it.planName %></bdi></dd>
  </div>
  <% } else { %>
  <div>
    <dt class="label">Subscriptions</dt>
    <dd><%= it.subscriptionCount %></dd>
  </div>
  <% } %>
  <div>
    <dt class="label">Billing period</dt>
    <dd><%= it.period %></dd>
  </div>
  <div>
    <dt class="label">Date of issue</dt>
    <dd><%= it.issueDate %></dd>
  </div>
</dl>

<table class="lines">
  <thead>
    <tr>
      <th scope="col">Description</th>
      <th scope="col" class="figure">Quantity</th>
      <th scope="col" class="figure">Amount, <%= it.currencyCode %></th>
    </tr>
  </thead>
  <% for (const section of it.sections) { %>
  <% if (section.heading !== undefined) { %>
  <tbody class="section">
    <tr>
      <th scope="rowgroup" colspan="2">
        <h2><bdi><%= section.heading.planName %></bdi></h2>
        <p><% if (section.heading.accountId !== undefined) { %>For <% if (section.heading.accountName !== '') { %><bdi><%= section.heading.accountName %></bdi> <% } %><span class="id"><%= section.heading.accountId %></span> · <% } %><%= section.heading.period %><% if (section.heading.timeZone !== undefined) { %> in <%= section.heading.timeZone %><% } %> · subscription <span class="id"><%= section.subscriptionId %></span></p>
      </th>
      <td class="figure amount"><%= section.heading.total %></td>
    </tr>
    <% if (section.lines.length === 0) { %>
    <tr class="none"><td colspan="3">Nothing was charged for this period.</td></tr>
    <% } %>
  </tbody>
  <% } %>
  <% for (const line of section.lines) { %>
  <tbody>
    <tr class="line">
      <td class="name"><bdi><%= line.description %></bdi></td>
      <td class="figure"><%= line.quantity %> <bdi class="muted"><%= line.unit %></bdi></td>
      <td class="figure amount"><%= line.amount %></td>
    </tr>
    <tr class="detail">
      <td colspan="3">
        <% if (line.note !== undefined) { %>
        <p class="usage"><%= line.note %></p>
        <% } %>
        <% if (line.usage !== undefined) { %>
        <p class="usage">Usage of <%= line.usage.period %> · <%= line.usage.events %> · meter <span class="id"><%= line.usage.meterId %></span> · profile <span class="id"><%= line.usage.profile %></span><% if (line.usage.version !== undefined) { %> version <%= line.usage.version %><% } %></p>
        <% } %>
        <% if (line.arithmetic.kind === 'formula') { %>
        <p class="formula"><%= line.arithmetic.formula %><% if (line.arithmetic.ending !== undefined) { %>, <%= line.arithmetic.ending %><% } %><% if (line.arithmetic.rounded !== undefined) { %>, rounded to <%= line.arithmetic.rounded %><% } %></p>
        <% } else { %>
        <table class="steps">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" class="figure">Calculation</th>
              <th scope="col" class="figure">= amount</th>
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
              <td colspan="2">Sum</td>
              <td class="figure"><%= line.arithmetic.sum %></td>
            </tr>
            <% if (line.arithmetic.ending !== undefined) { %>
            <tr><td colspan="3"><%= line.arithmetic.ending %></td></tr>
            <% } %>
            <% if (line.arithmetic.rounded !== undefined) { %>
            <tr>
              <td colspan="2">Rounded</td>
              <td class="figure"><%= line.arithmetic.rounded %></td>
            </tr>
            <% } %>
          </tfoot>
        </table>
        <% } %>
      </td>
    </tr>
  </tbody>
  <% } %>
  <% } %>
</table>
<% if (it.sections[0].heading === undefined && it.sections[0].lines.length === 0) { %>
<p class="empty">Nothing was charged for this period.</p>
<% } %>

<p class="total"><span class="muted">Total</span><strong><%= it.total %> <%= it.currencyCode %></strong></p>

<footer>
  <p>Prices and amounts are in <%= it.currencyCode %>. What is charged is rounded once, half away from zero; the total is the sum of the lines.</p>
  <p>Days are those of <%= it.timeZone %>.<% if (it.finalized !== undefined) { %> Finalized <%= it.finalized %>.<% } %></p>
  <p>Invoice <span class="id"><%= it.invoiceId %></span><% if (it.sections[0].heading === undefined) { %> · subscription <span class="id"><%= it.sections[0].subscriptionId %></span><% } %></p>
</footer>
</main>
</body>
</html>
`;
