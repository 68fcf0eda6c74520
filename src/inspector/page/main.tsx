import '@xyflow/react/dist/style.css';
import { createRoot } from 'react-dom/client';
import { embeddedRecording } from './embedded.js';
import { connect, noFeed } from './feed.js';
import { createTimeline } from './model/timeline.js';
import { App } from './views/app.js';
import { Boundary } from './views/boundary.js';

const timeline = createTimeline();
const embedded = embeddedRecording();
const feed =
  embedded === null
    ? connect(timeline, new URL('records', location.href.replace(/^http/, 'ws').replace(/#.*/, '')))
    : noFeed;

const place = document.getElementById('page');
if (place !== null) {
  createRoot(place).render(
    <Boundary name="This page" shown={[]}>
      <App timeline={timeline} feed={feed} embedded={embedded} />
    </Boundary>,
  );
}
