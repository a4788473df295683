// Small comforts on pages that work without them: the focus goes to the error summary, a double click sends a form once,
// and "Skip to main content" moves the focus. An older browser never loads this module.
import { createAll, Button, ErrorSummary, SkipLink } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(Button, { preventDoubleClick: true });
createAll(ErrorSummary);
createAll(SkipLink);
