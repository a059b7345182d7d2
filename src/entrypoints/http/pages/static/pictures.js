// Pictures that could not be drawn at once, because many are asked for: they are asked for again.

import { all } from "./dom.js";

//: How often, and milliseconds until the first time; the later ones are further apart. In all longer than a minute, for
//: so long an owner waits who has made all requests of one.
const TRIES = 10;
const PAUSE = 1500;
const watched = new WeakSet();

function askAgain(picture, name) {
  let tries = 0;
  return () => {
    if (tries++ < TRIES) setTimeout(() => picture.setAttribute(name, picture.getAttribute(name)), PAUSE * tries);
  };
}

function watchPictures() {
  for (const picture of all("image, img")) {
    if (watched.has(picture)) continue;
    watched.add(picture);
    if (picture.matches("image")) { picture.addEventListener("error", askAgain(picture, "href")); continue; }
    const again = askAgain(picture, "src");
    const failed = () => { picture.classList.add("missing"); again(); };
    picture.addEventListener("error", failed);
    picture.addEventListener("load", () => picture.classList.remove("missing"));
    if (picture.complete && !picture.naturalWidth && picture.loading !== "lazy") failed();
  }
}

watchPictures();
document.addEventListener("ocr:renewed", watchPictures);
