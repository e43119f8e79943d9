const FILE_NAME = 'factur-x.xml';
const NAMESPACE = 'urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#';

/**
 * Puts what a document says into its own PDF for programs: the attachment and metadata of Factur-X and ZUGFeRD, profile
 * EN 16931, of invoices and credit notes alike. To be called before the document's end.
 */
export function embedFacturX(
  document: PDFKit.PDFDocument,
  { xml, issueMs }: { readonly xml: string; readonly issueMs: number },
): void {
  const date = new Date(issueMs);
  const options = {
    ...{ name: FILE_NAME, type: 'text/xml', description: 'Factur-X' },
    // What the pages say, in another form.
    relationship: 'Alternative',
    ...{ creationDate: date, modifiedDate: date },
  };
  document.file(Buffer.from(xml), options);
  document.appendXML(PROPERTIES);
  document.appendXML(SCHEMA);
}

/** What the attachment is. */
const PROPERTIES = `
<rdf:Description xmlns:fx="${NAMESPACE}" rdf:about="">
  <fx:DocumentType>INVOICE</fx:DocumentType>
  <fx:DocumentFileName>${FILE_NAME}</fx:DocumentFileName>
  <fx:Version>1.0</fx:Version>
  <fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>
`;

/** What those properties are: PDF/A wants each that is not its own described. */
const SCHEMA = `
<rdf:Description rdf:about=""
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfaExtension:schemas>
    <rdf:Bag>
      <rdf:li rdf:parseType="Resource">
        <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
        <pdfaSchema:namespaceURI>${NAMESPACE}</pdfaSchema:namespaceURI>
        <pdfaSchema:prefix>fx</pdfaSchema:prefix>
        <pdfaSchema:property>
          <rdf:Seq>
            ${property('DocumentFileName', 'name of the embedded XML invoice file')}
            ${property('DocumentType', 'INVOICE')}
            ${property('Version', 'The actual version of the Factur-X XML schema')}
            ${property('ConformanceLevel', 'The conformance level of the embedded Factur-X data')}
          </rdf:Seq>
        </pdfaSchema:property>
      </rdf:li>
    </rdf:Bag>
  </pdfaExtension:schemas>
</rdf:Description>
`;

function property(name: string, description: string): string {
  return `<rdf:li rdf:parseType="Resource">
              <pdfaProperty:name>${name}</pdfaProperty:name>
              <pdfaProperty:valueType>Text</pdfaProperty:valueType>
              <pdfaProperty:category>external</pdfaProperty:category>
              <pdfaProperty:description>${description}</pdfaProperty:description>
            </rdf:li>`;
}
