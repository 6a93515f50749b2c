const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#066fac"/>' +
  '<path fill="#fff" d="M7.5 5 10 8.5 8.6 10.3c.9 2 2.9 4 5 5l1.9-1.3L19 16.5l-1.6 2.6c-6 .6-12.8-5.8-12.4-12.4z"/></svg>';

/** A handset, for hosts that show icons: in the message itself, so that nobody has to fetch it. */
export const icons = [
  {
    src: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
    mimeType: 'image/svg+xml',
    sizes: ['any'],
  },
];
