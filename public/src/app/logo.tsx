import favicon from './favicon.svg';
import classes from './app-frame.module.css';

export function Logo() {
  return (
    <span className={classes.logo}>
      <img src={favicon} alt="" width={30} height={30} />
      Statuscast
    </span>
  );
}
