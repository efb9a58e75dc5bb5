const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const here = new URL(location.href);
if (own && own !== document.querySelector("#zone").value && !here.searchParams.has("zone")) {
  here.searchParams.set("zone", own);
  location.replace(here);
}
