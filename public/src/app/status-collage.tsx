import classes from './status-collage.module.css';
import { PhonePreview } from '../post-look/phone-preview.js';

/** Three posts side by side, for screens that have nothing of the person's own to show yet. */
export function StatusCollage() {
  return (
    <div className={classes.collage}>
      <div className={classes.left}>
        <PhonePreview
          text="New arrivals just landed. Come say hi!"
          style={{ backgroundColor: '#B45309', font: 'calistoga' }}
          account="Flower shop"
          when="just now"
        />
      </div>
      <div className={classes.right}>
        <PhonePreview
          text={'Back in stock\non Monday'}
          style={{ backgroundColor: '#4338CA', font: 'exo-2' }}
          account="Bike repair"
          when="2 hours ago"
        />
      </div>
      <div className={classes.middle}>
        <PhonePreview
          text="Good morning! 20% off all coffee until noon ☕"
          style={{ backgroundColor: '#B7F0D0', font: 'system-bold' }}
          account="Corner café"
          when="12 minutes ago"
          views={284}
        />
      </div>
    </div>
  );
}
