// Every page works without this. It starts govuk-frontend: reveals, the error summary's focus, the menu on small screens.
import { initAll } from "./vendor/govuk-frontend.min.js";

initAll();

// Escape, three times within two seconds, presses the button that leaves a victim's page.
const leave = document.getElementById("leave");
let pressed = [];
if (leave) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pressed = [...pressed, event.timeStamp].filter((at) => event.timeStamp - at < 2000);
    if (pressed.length === 3) leave.submit();
  });
}
