"""What a person sees while the demo runs."""
import sys


class Screen:
    def __init__(self):
        self.colour = sys.stdout.isatty()

    def paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def line(self, text=""):
        print(text, flush=True)

    def title(self, text):
        self.line()
        self.line(self.paint("1", text))

    def mail(self, mailbox, name, size):
        self.line(f"  {self.paint('36', 'mail')}   {name:<28} {size:>9,} bytes -> mailbox {mailbox}")

    def call(self, number, call):
        who = f"user {call['user']['name']}, logged by {call['logging_analyst']['name']}"
        self.line(f"  {self.paint('32', 'call')}   {self.paint('1', f'{number:<15}')}"
                  f"{call['priority']:<10} {call['subject']}")
        self.line(f"         {'':<15}{who}")

    def outcome(self, mailbox, outcome, count):
        self.line(f"  {self.paint('33', 'ledger')} {mailbox:<15}{outcome}: {count}")

    def answer(self, address, subject):
        self.line(f"  {self.paint('35', 'answer')} in the mailbox of {address}: {subject}")

    def dead(self, address, reply):
        self.line(f"  {self.paint('31', 'dead')}   no answer to {address}: {reply}")
