/**
 * What fits into a downlink after an uplink at a data rate, for each band: the strictest of all versions of its regional
 * parameters. Source: The Things Stack 3.32.1, checked against its own tables by test/unit/payloadLimit.
 */

/** Bytes of application payload without MAC commands; `dwelling` where a limit of the dwell time applies. */
export interface Size {
  readonly free: number;
  readonly dwelling: number;
}

export interface Band {
  readonly name: string;
  /** Of uplinks, Hz. */
  readonly from: number;
  readonly to: number;
  /** Of the second receive window as the band has it, which class C listens on. */
  readonly rx2: Size;
  /** Of the first receive window, by the data rate of the uplink before it: `SF12BW125`. */
  readonly rx1: ReadonlyMap<string, Size>;
}

/** Band, MHz, RX2, then RX1 by uplink; `free/dwelling` where they differ. */
const rows = `
AS923 915-928 51/11 SF12BW125:51/11 SF11BW125:51/11 SF10BW125:51/11 SF9BW125:115/53 SF8BW125:242/125 SF7BW125:242 SF7BW250:242 FSK:242
AS923-2 920-923 115/11 SF12BW125:51/11 SF11BW125:51/11 SF10BW125:115/11 SF9BW125:115/53 SF8BW125:242/125 SF7BW125:242 SF7BW250:242 FSK:242
AS923-3 915-921 115/11 SF12BW125:51/11 SF11BW125:51/11 SF10BW125:115/11 SF9BW125:115/53 SF8BW125:242/125 SF7BW125:242 SF7BW250:242 FSK:242
AS923-4 917-920 115/11 SF12BW125:51/11 SF11BW125:51/11 SF10BW125:115/11 SF9BW125:115/53 SF8BW125:242/125 SF7BW125:242 SF7BW250:242 FSK:242
AU915 915-928 53 SF10BW125:242 SF9BW125:242 SF8BW125:242 SF7BW125:242 SF8BW500:242 SF12BW125:53 SF11BW125:129 LRFHSS1523:129
CN470 470-510 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242
CN470-20 470-510 51 SF12BW125:51 SF11BW125:23 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW500:242 FSK:242
CN470-26 470-510 51 SF12BW125:51 SF11BW125:23 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW500:242 FSK:242
CN779 779-787 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW250:242 FSK:242
EU433 433-435 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW250:242 FSK:242
EU868 863-870 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW250:242 FSK:242 LRFHSS137:51 LRFHSS336:51
IN865 865-867 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 FSK:242
ISM2400 2400-2500 51 SF12BW812:51 SF11BW812:115 SF10BW812:242 SF9BW812:242 SF8BW812:242 SF7BW812:242 SF6BW812:242 SF5BW812:242
KR920 920-923.3 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242
MA869 869-870 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW250:242 FSK:242 LRFHSS137:51 LRFHSS336:51
RU864 864-870 51 SF12BW125:51 SF11BW125:51 SF10BW125:51 SF9BW125:115 SF8BW125:242 SF7BW125:242 SF7BW250:242 FSK:242
US915 902-915 53 SF10BW125:242 SF9BW125:242 SF8BW125:242 SF7BW125:242 SF8BW500:242 LRFHSS1523:242
`;

export const bands: readonly Band[] = rows.trim().split("\n").map(readRow);

function readRow(row: string): Band {
  const [name = "", range = "", rx2 = "", ...rx1] = row.split(" ");
  const [from = 0, to = 0] = range.split("-").map((megahertz) => Number(megahertz) * 1e6);
  const sizes = rx1.map((each) => {
    const [rate = "", size = ""] = each.split(":");
    return [rate, readSize(size)] as const;
  });
  return { name, from, to, rx2: readSize(rx2), rx1: new Map(sizes) };
}

function readSize(text: string): Size {
  const [free = 0, dwelling = free] = text.split("/").map(Number);
  return { free, dwelling };
}
