// Every page works without this. It starts govuk-frontend: reveals, the error summary's focus, the menu on small screens.
import { initAll } from "./vendor/govuk-frontend.min.js";

initAll();
